"""`POST /v1/segment` as PhotoRoom's clients call it."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.integrations.compat.fuzzing import chooser, combinations
from tests.integrations.compat.removebg.calls import content
from tests.removal.factories import blank, customer, photo, uploaded, working

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/v1/segment"
COMBINATIONS = combinations(40)


def client_of(user: User, prefix: str = "") -> Client:
    return Client(headers={"x-api-key": prefix + api_key_for(user)})


def post(client: Client, *, data: bytes | None = None, headers: Any = None, **fields: Any) -> Any:
    with working():
        answer = client.post(URL, {"image_file": uploaded(data), **fields}, headers=headers)
        answer.body = content(answer)  # type: ignore[attr-defined]
    return answer


def picture(answer: Any) -> Image.Image:
    assert answer.status_code == 200, answer.body
    return Image.open(io.BytesIO(answer.body))


def refusal(answer: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.body if hasattr(answer, "body") else answer.content)
    assert set(body) == {"detail", "status_code", "type"}, body
    assert body["status_code"] == answer.status_code
    return body


def test_the_picture_is_cut_out_and_charged(owner: User) -> None:
    answer = post(client_of(owner))
    found = picture(answer)
    assert (found.format, found.mode, found.size) == ("PNG", "RGBA", (96, 64))
    assert answer.headers["Content-Type"] == "image/png"
    assert ledger.balance(user_id=owner.pk).available == 92


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("image/png, application/json", "image/png"),
        ("*/*", "image/png"),
    ],
)
def test_json_is_the_answer_only_to_those_who_ask_for_nothing_else(
    owner: User, accept: str, kind: str
) -> None:
    answer = post(client_of(owner), headers={"accept": accept})
    assert answer.headers["Content-Type"] == kind
    if kind == "application/json":
        data = base64.b64decode(json.loads(answer.body)["base64img"])
        assert Image.open(io.BytesIO(data)).format == "PNG"


@pytest.mark.parametrize(
    ("size", "sides"),
    [("preview", (612, 408)), ("medium", (1500, 1000)), ("full", (1500, 1000))],
)
def test_size_bounds_the_pixels(owner: User, size: str, sides: tuple[int, int]) -> None:
    found = picture(post(client_of(owner), data=photo((1500, 1000)), size=size)).size
    assert found[0] * found[1] <= sides[0] * sides[1] * 1.01
    assert abs(found[0] - sides[0]) <= 2


def test_a_preview_runs_basic(owner: User) -> None:
    post(client_of(owner), size="preview")
    assert Job.objects.get().tier == "basic"


def test_alpha_is_the_mask_alone(owner: User) -> None:
    assert picture(post(client_of(owner), channels="alpha", bg_color="red")).mode == "L"


def test_crop_cuts_to_the_subject(owner: User) -> None:
    assert picture(post(client_of(owner), crop="true")).width < 96


@pytest.mark.parametrize("colour", ["#00ff00", "lime"])
def test_a_background_has_its_colour(owner: User, colour: str) -> None:
    corner = picture(post(client_of(owner), bg_color=colour)).convert("RGB").getpixel((0, 0))
    assert corner == (0, 255, 0)


def test_despill_takes_the_excess_of_green_out_of_the_subject(owner: User) -> None:
    pixels = np.array(Image.open(io.BytesIO(photo())).convert("RGB"))
    subject = pixels[..., 0] > 150
    pixels[subject] = (180, 230, 120)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    plain, without = (
        np.array(picture(post(client_of(owner), data=file.getvalue(), despill=despill)))
        for despill in ("false", "true")
    )
    assert plain[32, 48, 1] > plain[32, 48, 0]
    assert without[32, 48, 1] == without[32, 48, 0]


@pytest.mark.parametrize(
    ("key", "detail"), [({}, "x-api-key"), ({"x-api-key": "wrong"}, "not valid")]
)
def test_a_missing_or_wrong_key_is_a_403(db: None, key: dict[str, str], detail: str) -> None:
    answer = Client(headers=key).post(URL, {"image_file": uploaded()})
    assert answer.status_code == 403
    assert detail in refusal(answer)["detail"]


def test_too_few_credits_are_a_402() -> None:
    answer = post(client_of(customer(credits=1)))
    assert (answer.status_code, refusal(answer)["type"]) == (402, "insufficient_credits")


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "gif"},
        {"channels": "rgb"},
        {"size": "4k"},
        {"crop": "maybe"},
        {"despill": "1"},
        {"bg_color": "#ggg"},
        {"data": b"no picture"},
        {"data": b""},
        {"data": blank()},
    ],
)
def test_bad_input_is_a_400_and_costs_nothing(owner: User, fields: dict[str, Any]) -> None:
    answer = post(client_of(owner), **fields)
    assert answer.status_code == 400, answer.body
    assert refusal(answer)["detail"]
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_no_file_other_methods_and_other_types_have_the_same_form(owner: User) -> None:
    client = client_of(owner)
    answers = [
        client.post(URL, {"format": "png"}),
        client.get(URL),
        client.post(URL, {}, content_type="application/json"),
        client.get(f"{URL}/more"),
    ]
    assert [answer.status_code for answer in answers] == [400, 405, 415, 404]
    for answer in answers:
        refusal(answer)


def test_a_test_key_costs_nothing_and_marks_the_picture(owner: User) -> None:
    marked = picture(post(client_of(owner, "sandbox_")))
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    plain = picture(post(client_of(owner), size="preview"))
    assert marked.size == plain.size
    assert np.any(np.array(marked) != np.array(plain))
    # The mark is seen where the background was, too.
    assert np.count_nonzero(np.array(marked)[..., 3]) > np.count_nonzero(np.array(plain)[..., 3])


def test_the_same_request_again_is_charged_once_only_while_unanswered(owner: User) -> None:
    client = client_of(owner)
    post(client)
    post(client)
    assert ledger.balance(user_id=owner.pk).available == 84


def test_random_combinations_are_typed_and_only_results_are_charged(
    owner: User, settings: Settings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (10**6, 60, 10**6)}
    settings.FREE_FAILURES_PER_HOUR = 10**6
    ledger.grant(user_id=owner.pk, credits=10**6, key="fuzz", reason="for the test")
    client, chosen = client_of(owner), chooser(11)
    values = {
        "format": ["png", "jpg", "webp", "PNG", "gif", ""],
        "channels": ["rgba", "alpha", "rgb", ""],
        "bg_color": ["#fff", "fff", "red", "#81d4fa77", "transparent", "x" * 500, "ä", ""],
        "size": ["preview", "medium", "hd", "full", "4k", "\N{FULLWIDTH DIGIT ONE}", ""],
        "crop": ["true", "false", "TRUE", "yes", "0", ""],
        "despill": ["true", "false", "null", ""],
        "unknown": ["1"],
    }
    for _ in range(COMBINATIONS):
        names = chosen.sample(sorted(values), chosen.randint(0, 5))
        fields = {name: chosen.choice(values[name]) for name in names}
        before = ledger.balance(user_id=owner.pk)
        answer = post(
            client, data=photo((chosen.randint(1, 160), chosen.randint(1, 120))), **fields
        )
        after = ledger.balance(user_id=owner.pk)
        assert answer.status_code in (200, 400), (fields, answer.body)
        assert after.held == 0
        if answer.status_code == 400:
            refusal(answer)
            assert after == before, fields
