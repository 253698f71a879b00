"""GET and POST /api/remove, as clients of rembg's server call it."""

import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from accounts.queries import live_keys
from billing import ledger
from billing.audit import audit
from billing.models import CapPeriod
from billing.spending import services as spending
from billing.spending.services import Cap
from removal.models import Job
from tests.integrations.compat.fuzzing import chooser, combinations
from tests.integrations.compat.removebg.calls import client_of, content
from tests.removal.factories import NOW, blank, customer, photo, uploaded, working
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/remove"
ASIDE = ["bgc", "extras", "other"]


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def post(client: Client, query: str = "", **fields: Any) -> Any:
    with working():
        answer = client.post(URL + query, {"file": uploaded(), **fields})
        answer.body = content(answer)  # type: ignore[attr-defined]
    return answer


def picture(answer: Any) -> Image.Image:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png"), answer.body
    return Image.open(io.BytesIO(answer.body))


def test_post_answers_with_a_png(api: Client, owner: User) -> None:
    assert picture(post(api)).mode == "RGBA"
    assert ledger.balance(user_id=owner.pk).available == 92


def test_get_takes_an_address(api: Client, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(body=photo())) as server, working():
        answer: Any = api.get(URL, {"url": f"{server.url}/a.jpg", "om": "true"})
        answer.body = content(answer)
    assert picture(answer).mode == "L"


def test_parameters_of_edges_are_taken(api: Client) -> None:
    assert picture(post(api, a="true", af="240", ab="10", ae="10", dc="1", vm="no")).mode == "RGBA"


def test_only_the_mask(api: Client) -> None:
    assert picture(post(api, om="true", ppm="true")).mode == "L"


def test_background_colour_is_in_the_query(api: Client) -> None:
    found = picture(post(api, "?bgc=0,255,0,255")).convert("RGB")
    assert found.getpixel((1, 1)) == (0, 255, 0)


def test_a_model_that_is_not_here_falls_back_at_the_same_price(api: Client) -> None:
    answer = post(api, model="u2net_human_seg")
    assert answer.headers["X-Model"] == Job.objects.get().model_name != "u2net_human_seg"
    assert answer.headers["X-Credits-Charged"] == "8"


def test_without_a_subject_the_picture_is_empty_and_free(api: Client, owner: User) -> None:
    found = picture(post(api, file=uploaded(blank(), "white.png")))
    assert (found.size, found.getextrema()) == ((96, 64), ((0, 0),) * 4)
    found = picture(post(api, "?bgc=255,0,0,255", file=uploaded(blank(), "white.png")))
    assert found.getpixel((0, 0)) == (255, 0, 0, 255)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


@pytest.mark.parametrize(
    ("query", "fields", "status"),
    [
        ("", {"file": ""}, 422),
        ("", {"file": "text"}, 422),
        ("", {"a": "perhaps"}, 422),
        ("", {"af": "256"}, 422),
        ("", {"ae": "ten"}, 422),
        ("", {"model": "../../etc/passwd"}, 422),
        ("?bgc=red", {}, 400),
        ("?bgc=1,2,3,256", {}, 400),
        ("?extras={", {}, 400),
        ("", {"file": uploaded(b"no picture")}, 400),
        ("", {"file": uploaded(b"")}, 400),
    ],
)
def test_refusals_have_a_detail_and_cost_nothing(
    api: Client, owner: User, query: str, fields: dict[str, Any], status: int
) -> None:
    answer = post(api, query, **fields)
    assert answer.status_code == status
    assert set(answer.json()) == {"detail"}
    assert isinstance(answer.json()["detail"], list) == (status == 422)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_what_is_missing_is_named(api: Client) -> None:
    (error,) = api.get(URL).json()["detail"]
    assert (error["type"], error["loc"]) == ("missing", ["query", "url"])


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.jpg", "file:///etc/passwd", "nothing"])
def test_inward_addresses(api: Client, url: str) -> None:
    answer = api.get(URL, {"url": url})
    assert (answer.status_code, set(answer.json())) == (400, {"detail"})


def test_another_method_and_another_type(api: Client) -> None:
    for answer in (api.delete(URL), api.post(URL, b"{}", content_type="application/json")):
        assert answer.status_code in (405, 415)
        assert set(answer.json()) == {"detail"}


def test_the_native_api_beside_it_keeps_its_envelope(api: Client) -> None:
    assert set(api.get("/api/removed").json()) == {"success", "error"}


def test_without_credits() -> None:
    answer = post(client_of(customer(2)))
    assert (answer.status_code, set(answer.json())) == (402, {"detail"})


def test_beyond_the_spending_cap_of_the_key() -> None:
    owner = customer()
    capped = client_of(owner)
    [key] = live_keys(owner, now=timezone.now())
    spending.set_cap(user_id=owner.pk, api_key=key.public_id, cap=Cap(7, CapPeriod.DAY))
    answer = post(capped)
    assert answer.status_code == 402
    assert "may spend 7 credits a day" in answer.json()["detail"]


def test_random_combinations(api: Client, owner: User, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (10**6, 60, 10**6)}
    ledger.grant(user_id=owner.pk, credits=10**6, key="fuzz", reason="for the test")
    chosen = chooser(5)
    values = ["", "true", "0", "255", "-1", "x", "u2netp", "1e3", "٣", "{}", "1,2,3,4", "9" * 30]
    for number in range(combinations(40)):
        names = chosen.sample(["model", "a", "af", "ab", "ae", "om", "ppm", "dc", "vm"], 3)
        fields: dict[str, Any] = {name: chosen.choice(values) for name in names}
        fields["file"] = uploaded(photo((chosen.randint(1, 99), chosen.randint(1, 99))))
        query = urlencode({name: chosen.choice(values) for name in chosen.sample(ASIDE, 1)})
        before = ledger.balance(user_id=owner.pk).available
        answer = post(api, f"?{query}", **fields)
        spent = before - ledger.balance(user_id=owner.pk).available
        label = f"{number}: {fields} {query} → {answer.status_code} {answer.body[:100]!r}"
        assert answer.status_code in (200, 400, 422), label
        assert spent == int(answer.headers.get("X-Credits-Charged", 0)), label


def test_a_request_without_an_answer_is_joined(api: Client, owner: User) -> None:
    with working():
        api.post(URL, {"file": uploaded()}).close()
    assert picture(post(api)).mode == "RGBA"
    assert (Job.objects.count(), ledger.balance(user_id=owner.pk).available) == (1, 92)


class TestWithoutAKey:
    """`COMPAT_ANONYMOUS`: from this machine, unless somebody's request is passed on."""

    def test_on_this_machine_it_is_free_and_basic(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = True
        answer = post(Client())
        assert picture(answer).mode == "RGBA"
        job = Job.objects.get()
        assert (job.tier, job.price, job.credits_used, job.hold_id) == ("basic", 0, 0, None)
        post(Client())
        assert User.objects.count() == 1
        assert not User.objects.get().has_usable_password()
        assert audit(now=NOW).breaches == ()

    def test_not_when_it_is_off(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = False
        answer = post(Client())
        assert (answer.status_code, set(answer.json())) == (401, {"detail"})

    @pytest.mark.parametrize(
        "extra",
        [
            {"REMOTE_ADDR": "192.168.0.7"},
            {"HTTP_X_FORWARDED_FOR": "9.9.9.9"},
            {"HTTP_VIA": "1.1 p"},
        ],
    )
    def test_not_from_elsewhere(self, settings: Settings, extra: dict[str, str]) -> None:
        settings.COMPAT_ANONYMOUS = True
        assert post(Client(**extra)).status_code == 401  # type: ignore[arg-type]

    def test_a_wrong_key_is_refused_all_the_same(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = True
        assert post(Client(headers={"x-api-key": "wrong"})).status_code == 401

    def test_other_surfaces_want_a_key(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = True
        assert Client().post("/v1.0/removebg").status_code == 403
        assert Client().post("/v1/background-remover/remove").status_code == 401
