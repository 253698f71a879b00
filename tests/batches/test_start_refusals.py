"""POST /background-remover/batch: what is refused, before anything is stored or held."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from batches.models import Batch
from billing import ledger
from common.http import ratelimit
from tests.batches.factories import files
from tests.removal.conftest import Files
from tests.removal.factories import uploaded

URL = "/v1/background-remover/batch"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_happens(owner: User, stored: Files) -> Iterator[None]:
    yield
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert not Batch.objects.exists()
    assert list(stored) == []


def refusal(client: Client, **fields: Any) -> tuple[int, Any]:
    body = {"images": files(), "tier": "basic", **fields}
    answer = client.post(URL, {name: value for name, value in body.items() if value is not None})
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize("images", [1, 0])
def test_fewer_than_two_images(api: Client, images: int) -> None:
    status, error = refusal(api, images=files(images) or None)
    assert (status, error["code"]) in [(400, "INVALID_INPUT"), (400, "MISSING_REQUIRED_FIELD")]


def test_more_than_500_images(api: Client) -> None:
    status, error = refusal(api, images=[uploaded(b"x", f"{n}.jpg") for n in range(501)])
    assert (status, error["code"]) == (400, "BATCH_TOO_LARGE")


def test_more_bytes_than_allowed(api: Client, settings: Settings) -> None:
    settings.BATCH_MAX_BYTES = 1500
    status, error = refusal(api)
    assert (status, error["code"]) == (400, "BATCH_TOO_LARGE")
    assert error["details"]["maxBytes"] == 1500


def test_unknown_tier(api: Client) -> None:
    status, error = refusal(api, tier="gold")
    assert (status, error["code"]) == (400, "INVALID_INPUT")


def test_missing_tier(api: Client) -> None:
    assert refusal(api, tier=None)[1]["code"] == "MISSING_REQUIRED_FIELD"


def test_too_few_credits(api: Client, media: Path) -> None:
    status, error = refusal(api, images=files(13), tier="standard")
    assert (status, error["code"]) == (402, "INSUFFICIENT_CREDITS")
    assert error["details"] == {"required": 104, "available": 100, "tier": "standard"}
    assert error["message"] == "You need 104 credits but only have 100 available"
    # Storing makes folders, which stay when the files are taken away again.
    assert list(media.iterdir()) == []


def test_options_that_contradict(api: Client) -> None:
    assert refusal(api, mask_only="true", bg_color="#fff")[1]["code"] == "INVALID_INPUT"


def test_a_background_that_is_no_image(api: Client) -> None:
    _, error = refusal(api, bg_image=uploaded(b"no", "beach.jpg"))
    assert (error["code"], error["details"]["field"]) == ("INVALID_FILE_TYPE", "bg_image")


@pytest.mark.parametrize(
    "url", ["http://shop.example.com/", "https://127.0.0.1/", "ftp://x/", "nonsense"]
)
def test_addresses_that_are_not_called_back(api: Client, url: str) -> None:
    assert refusal(api, webhookUrl=url)[0] == 400


def test_images_and_uploads_together(api: Client) -> None:
    assert refusal(api, uploadIds=["upl_1", "upl_2"])[1]["code"] == "INVALID_INPUT"


def test_unknown_fields(api: Client) -> None:
    assert refusal(api, colour="red")[1]["details"]["unknown"] == ["colour"]


def test_anonymous_is_refused() -> None:
    assert refusal(Client())[1]["code"] == "UNAUTHORIZED"


def test_strangers_uploads_do_not_exist(stranger: Client) -> None:
    answer = stranger.post(
        URL, {"uploadIds": ["upl_1", "upl_2"], "tier": "basic"}, content_type="application/json"
    )
    assert answer.status_code == 404


def test_a_start_that_is_refused_is_not_counted(api: Client) -> None:
    for _ in range(6):
        answer = api.post(URL, {"images": files(), "tier": "gold"})
        assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (400, "2")
    assert refusal(api, images=files(13), tier="standard")[0] == 402


def test_the_third_start_in_a_row(api: Client, owner: User) -> None:
    for _ in range(2):
        ratelimit.enforce("batch_start", identity=f"user:{owner.public_id}")
    status, error = refusal(api)
    assert (status, error["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert (error["details"]["limit"], error["details"]["window"]) == (5, "1 hour")


def test_new_work_during_maintenance(api: Client) -> None:
    call_command("maintenance", "on")
    status, error = refusal(api)
    assert (status, error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "takes no new work" in error["message"]
