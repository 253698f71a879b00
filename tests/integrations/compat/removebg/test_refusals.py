"""Refusals of remove.bg's API: in its own format, and free of charge."""

import asyncio
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.queries import live_keys
from billing import ledger
from billing.models import CapPeriod
from billing.spending import services as spending
from billing.spending.services import Cap
from config.asgi import application
from removal import services
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.integrations.compat.removebg.calls import URL, client_of, code, post, post_json
from tests.removal.conftest import Files
from tests.removal.factories import blank, customer, photo, uploaded
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"image_file": ""}, "missing_source"),
        ({"image_url": "https://example.com/a.jpg", "image_file_b64": "aGk="}, "multiple_sources"),
        ({"image_file": "photo.jpg"}, "failed_to_read_image"),
        ({"image_file_b64": "*** no base64"}, "failed_to_read_image"),
        ({"image_file": uploaded(b"")}, "failed_to_read_image"),
        ({"image_file": uploaded(b"plain text, no picture")}, "invalid_file_type"),
        ({"image_file": uploaded(photo()[:-200])}, "failed_to_read_image"),
        ({"image_file": uploaded(photo((9000, 5600)))}, "resolution_too_high"),
        ({"image_file": uploaded(blank(), "white.png")}, "unknown_foreground"),
        ({"image_url": "http://127.0.0.1/a.jpg"}, "invalid_image_url"),
        ({"image_url": "file:///etc/passwd"}, "invalid_image_url"),
        ({"image_url": "no address"}, "invalid_image_url"),
        ({"bg_color": "fff", "bg_image_url": "https://example.com"}, "multiple_bg_sources"),
        ({"bg_image_url": "http://10.0.0.1/a.jpg"}, "invalid_bg_image_url"),
        ({"size": "huge"}, "invalid_size"),
        ({"format": "gif"}, "invalid_format"),
        ({"channels": "rgb"}, "invalid_channels"),
        ({"type": "ghost"}, "invalid_type"),
        ({"bg_color": "no colour"}, "invalid_bg_color"),
        ({"roi": "1 2 3"}, "invalid_roi"),
        ({"roi": "0 0 5000 10"}, "roi_exceeds_bounds"),
        ({"roi": "50% 0 50% 100%"}, "roi_region_empty"),
        ({"crop": "perhaps"}, "invalid_crop"),
        ({"crop_margin": "60%"}, "invalid_crop_margin"),
        ({"scale": "5%"}, "invalid_scale"),
        ({"position": "left"}, "invalid_position"),
        ({"semitransparency": "half"}, "invalid_semitransparency"),
        ({"shadow_opacity": "120"}, "invalid_shadow_opacity"),
    ],
)
def test_a_refusal_names_the_reason_and_charges_nothing(
    api: Client, owner: User, stored: Files, fields: dict[str, Any], wanted: str
) -> None:
    answer = post(api, **fields)
    assert (answer.status_code, code(answer)) == (400, wanted)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert list(stored) == []


def test_one_byte_too_many(api: Client, settings: Settings) -> None:
    data = photo()
    settings.SURFACE_LIMITS = {"removebg": (len(data), 50_000_000)}
    assert post(api, image_file=uploaded(data)).status_code == 200
    answer = post(api, image_file=uploaded(data + b"\0"))
    assert (answer.status_code, code(answer)) == (400, "file_too_large")


def test_limits_are_wider_than_the_native_ones(api: Client, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES, settings.MAX_IMAGE_PIXELS = 1024, 1024
    assert post(api).status_code == 200


def test_addresses_that_answer_nothing_useful(api: Client, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(404)) as server:
        url = f"{server.url}/photo.jpg"
        assert code(post(api, image_url=url)) == "failed_image_download"
        assert code(post(api, bg_image_url=url)) == "failed_bg_download"


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        ({}, "Missing API Key"),
        ({"x-api-key": "wrong"}, "API Key invalid"),
        ({"api-key": "lk_0000"}, "API Key invalid"),
        ({"authorization": "Bearer nothing"}, "API Key invalid"),
        ({"authorization": "Basic abc"}, "API Key invalid"),
    ],
)
@pytest.mark.parametrize("path", [URL, "/v1.0/account"])
def test_without_a_good_key(db: None, headers: dict[str, str], title: str, path: str) -> None:
    client = Client(headers=headers)
    answer = client.post(path) if path == URL else client.get(path)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["title"], error["code"]) == (403, title, "auth_failed")


def test_without_credits() -> None:
    answer = post(client_of(customer(2)))
    (error,) = json.loads(answer.body)["errors"]
    assert (answer.status_code, error["title"]) == (402, "Insufficient credits")


def test_beyond_the_spending_cap_of_the_key() -> None:
    owner = customer()
    capped = client_of(owner)
    [key] = live_keys(owner, now=timezone.now())
    spending.set_cap(user_id=owner.pk, api_key=key.public_id, cap=Cap(2, CapPeriod.DAY))
    answer = post(capped)
    (error,) = json.loads(answer.body)["errors"]
    assert (answer.status_code, error["title"]) == (402, "Insufficient credits")
    assert "may spend 2 credits a day" in error["detail"]


def test_too_many_megapixels_a_minute(api: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "removebg": (4, 60, 4)}
    large = {"image_file": uploaded(photo((2000, 1400)))}
    assert post(api, **large).status_code == 200
    answer = post(api, image_file=uploaded(photo((2000, 1401))))
    (error,) = json.loads(answer.body)["errors"]
    assert (answer.status_code, error["title"]) == (429, "Rate limit exceeded")
    assert int(answer.headers["Retry-After"]) in range(1, 61)
    assert Job.objects.count() == 1


def test_under_maintenance(api: Client) -> None:
    call_command("maintenance", "on")
    answer = post(api)
    assert (answer.status_code, code(answer)) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "300"


def test_a_removal_that_takes_too_long(api: Client, settings: Settings) -> None:
    settings.SINGLE_TIMEOUT_S = 0.05
    answer: Any = api.post(URL, {"image_file": uploaded()})
    assert (answer.status_code, code(answer)) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "{", '{"size": {}}', '{"roi": [1]}'])
def test_json_that_is_no_request(api: Client, body: str) -> None:
    answer = post_json(api, body)
    assert answer.status_code == 400
    assert code(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", URL, 405),
        ("delete", URL, 405),
        ("post", "/v1.0/account", 405),
        ("get", "/v1.0/nothing", 404),
        ("post", "/v1.0/improve", 404),
        ("get", "/v1.0/account?a=%00", 400),
    ],
)
def test_errors_outside_of_views_have_the_same_format(
    api: Client, method: str, path: str, status: int
) -> None:
    answer = getattr(api, method)(path)
    assert answer.status_code == status
    assert code(answer)


def test_another_type_of_body(api: Client) -> None:
    answer = api.post(URL, b"<xml/>", content_type="application/xml")
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")


def test_an_error_of_ours(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(services, "submit", broken)
    answer = post(api)
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    assert b"secret" not in answer.body


def asked(path: str, headers: dict[str, str], length: int) -> tuple[int, Any]:
    """The answer to a request that announces `length` bytes and sends none."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"content-length": str(length), "content-type": "application/json", **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 1),
    }
    serve: Any = application
    asyncio.run(serve(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_a_body_beyond_the_cap_is_refused_in_the_same_format(owner: User) -> None:
    key = {"x-api-key": api_key_for(owner)}
    status, body = asked(URL, key, 46 * 1024 * 1024)
    assert (status, body["errors"][0]["code"]) == (400, "file_too_large")


def test_a_large_body_is_not_read_for_a_caller_without_a_key(db: None) -> None:
    status, body = asked(URL, {}, 40 * 1024 * 1024)
    assert (status, body["errors"][0]["title"]) == (403, "Missing API Key")


def test_the_native_api_keeps_its_envelope(api: Client) -> None:
    assert set(api.get("/v1/nothing").json()) == {"success", "error"}
