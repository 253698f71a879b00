"""POST /background-remover/remove: what comes back, and what it costs."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common import storage
from common.http.auth import Scope
from removal import services
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.removal.conftest import Files
from tests.removal.factories import blank, customer, photo, uploaded, working
from tests.removal.server import Reply, serving

URL = "/v1/background-remover/remove"

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    body = {"image": uploaded(), "tier": "basic", **fields}
    with working():
        return client.post(URL, body, headers=headers)


def result(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    job = Job.objects.get(public_id=answer.json()["data"]["jobId"])
    return storage.read(job.result_key)


def picture(answer: Any) -> Image.Image:
    return Image.open(io.BytesIO(result(answer)))


def test_answers_as_documented(api: Client, owner: User) -> None:
    answer = post(api, tier="professional")
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert set(answer.json()) == {"success", "data"}
    folder = f"background-remover/{owner.public_id}/{data['jobId']}"
    assert data["originalUrl"].startswith(f"/uploads/{folder}-original.jpg?")
    assert data["processedUrl"].startswith(f"/processed/{folder}-removed-1-")
    assert (data["creditsUsed"], data["pricingType"], data["tier"]) == (
        15,
        "credits",
        "professional",
    )
    assert data["processingTimeMs"] >= 0
    assert data["metadata"] == {
        "originalSize": len(photo()),
        "processedSize": len(result(answer)),
        "width": 96,
        "height": 64,
        "format": "png",
    }


def test_result_is_a_png_with_alpha(api: Client) -> None:
    found = picture(post(api))
    assert (found.format, found.mode, found.size) == ("PNG", "RGBA", (96, 64))


def test_signed_urls_open_without_a_login(api: Client) -> None:
    answer = post(api)
    opened = Client().get(answer.json()["data"]["processedUrl"])
    assert b"".join(opened.streaming_content) == result(answer)  # type: ignore[attr-defined]


def test_charges_the_price_of_the_tier_once(api: Client, owner: User) -> None:
    post(api, tier="standard")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=92, held=0)


def test_answers_under_api_and_with_a_trailing_slash(api: Client) -> None:
    with working():
        answer = api.post("/api/background-remover/remove/", {"image": uploaded(), "tier": "basic"})
    assert answer.status_code == 200


def test_an_api_key_with_the_scope_may(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_WRITE])
    assert post(Client(headers={"x-api-key": key})).status_code == 200


def test_job_says_truthfully_what_ran(api: Client) -> None:
    post(api)
    job = Job.objects.get()
    assert (job.ai_provider, job.model_name) == ("local", "lumiku-lite")


@pytest.mark.parametrize(("name", "kind"), [("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG")])
def test_format(api: Client, name: str, kind: str) -> None:
    answer = post(api, format=name)
    assert picture(answer).format == kind
    assert answer.json()["data"]["metadata"]["format"] == name


def test_zip_holds_colour_and_alpha(api: Client) -> None:
    with zipfile.ZipFile(io.BytesIO(result(post(api, format="zip")))) as archive:
        assert archive.namelist() == ["color.jpg", "alpha.png"]


def test_jpg_without_a_background_is_white(api: Client) -> None:
    corner = picture(post(api, format="jpg")).getpixel((0, 0))
    assert corner == pytest.approx((255, 255, 255), abs=3)


def test_background_colour(api: Client) -> None:
    found = picture(post(api, bg_color="#00ff00"))
    assert found.convert("RGB").getpixel((0, 0)) == (0, 255, 0)


def test_background_image(api: Client) -> None:
    behind = Image.new("RGB", (10, 10), (0, 0, 255))
    file = io.BytesIO()
    behind.save(file, "PNG")
    found = picture(post(api, bg_image=uploaded(file.getvalue(), "b.png")))
    assert found.convert("RGB").getpixel((0, 0)) == (0, 0, 255)


def test_crop_and_scale_change_the_size_announced(api: Client) -> None:
    data = post(api, crop="true", scale="2").json()["data"]["metadata"]
    assert data["height"] != 64
    job = Job.objects.get()
    assert (job.width, job.height) == (96, 64)


def test_mask_only(api: Client) -> None:
    assert picture(post(api, mask_only="true")).mode == "L"


def test_image_url(api: Client, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(body=photo())) as server, working():
        body = {"image_url": f"{server.url}/cat.jpg?size=big", "tier": "basic"}
        answer = api.post(URL, body, content_type="application/json")
    assert answer.status_code == 200
    assert Job.objects.get().filename == "cat.jpg"


def test_same_key_gives_the_first_answer_and_one_charge(api: Client, owner: User) -> None:
    first = post(api, headers={"idempotency-key": "k1"})
    second = post(api, headers={"idempotency-key": "k1"})
    assert second.json() == first.json()
    assert ledger.balance(user_id=owner.pk).available == 97


def test_same_key_with_another_body_is_refused(api: Client, owner: User) -> None:
    post(api, headers={"idempotency-key": "k1"})
    answer = post(api, headers={"idempotency-key": "k1"}, tier="standard")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert ledger.balance(user_id=owner.pk).available == 97


def test_keys_of_different_users_do_not_meet(api: Client, stranger: Client) -> None:
    first = post(api, headers={"idempotency-key": "k1"})
    second = post(stranger, headers={"idempotency-key": "k1"})
    assert first.json()["data"]["jobId"] != second.json()["data"]["jobId"]


def test_damaged_picture_is_refused_and_costs_nothing(api: Client, owner: User) -> None:
    answer = post(api, image=uploaded(photo((400, 300))[:2000]))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INVALID_FILE_TYPE")
    assert error["details"]["jobId"] == Job.objects.get().public_id
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_damaged_picture_leaves_no_file(api: Client, stored: Files) -> None:
    post(api, image=uploaded(photo((400, 300))[:2000]))
    assert list(stored) == []


def test_too_slow_is_202_with_the_job_and_settles_once_later(
    api: Client, owner: User, settings: Settings
) -> None:
    settings.SINGLE_TIMEOUT_S = 0
    answer = api.post(URL, {"image": uploaded(), "tier": "basic"})
    job = answer.json()["data"]
    assert (answer.status_code, job["status"], job["creditsUsed"]) == (202, "queued", 0)
    assert answer["Location"] == job["statusUrl"]
    assert answer["Retry-After"]
    with working():
        services.wait(job=Job.objects.get(), timeout_s=60)
    later = api.get(job["statusUrl"]).json()["data"]
    assert (later["id"], later["status"]) == (job["jobId"], "completed")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_repeating_after_a_timeout_gives_the_same_job(
    api: Client, owner: User, settings: Settings
) -> None:
    settings.SINGLE_TIMEOUT_S = 0
    headers = {"idempotency-key": "k1"}
    first = api.post(URL, {"image": uploaded(), "tier": "basic"}, headers=headers)
    settings.SINGLE_TIMEOUT_S = 30
    second = post(api, headers=headers)
    assert second.json()["data"]["jobId"] == first.json()["data"]["jobId"]
    assert ledger.balance(user_id=owner.pk).available == 97


def test_credits_run_out_exactly() -> None:
    user = customer(credits=3)
    client = Client(headers={"x-api-key": api_key_for(user)})
    assert post(client).status_code == 200
    answer = post(client)
    assert answer.status_code == 402
    assert answer.json()["error"]["details"] == {"required": 3, "available": 0, "tier": "basic"}


def test_picture_without_a_subject_is_refused_free_of_charge(api: Client, owner: User) -> None:
    answer = post(api, image=uploaded(blank()))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "NO_SUBJECT_FOUND")
    assert error["details"]["tier"] == "basic"
    assert error["details"]["suggestions"]
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
