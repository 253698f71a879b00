"""POST /background-remover/remove: every refusal says why, charges nothing and leaves no file."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common.http.auth import Scope
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.removal.conftest import Files, client_of
from tests.removal.factories import customer, photo, uploaded

URL = "/v1/background-remover/remove"
MEGABYTES = 1024 * 1024

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_stays(owner: User, stored: Files, tmp_path: Path, settings: Settings) -> Iterator[None]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(temporary)
    yield
    assert list(stored) == []
    assert list(temporary.iterdir()) == []
    assert Job.objects.count() == 0
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def refused(client: Client, **fields: Any) -> tuple[int, dict[str, Any]]:
    body = {"image": uploaded(), "tier": "basic", **fields}
    answer = client.post(URL, {name: value for name, value in body.items() if value is not None})
    return answer.status_code, answer.json()["error"]


def header_of_png(width: int, height: int) -> bytes:
    """The start of a PNG that claims a size and holds nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + crc


def test_unknown_tier_names_the_tiers(api: Client) -> None:
    status, error = refused(api, tier="ultra")
    assert (status, error["code"]) == (400, "INVALID_INPUT")
    assert "basic, standard, professional, industry" in error["message"]


def test_missing_tier(api: Client) -> None:
    status, error = refused(api, tier=None)
    assert (status, error["code"]) == (400, "MISSING_REQUIRED_FIELD")
    assert error["details"]["missing"] == ["tier"]


def test_missing_image(api: Client) -> None:
    status, error = refused(api, image=None)
    assert (status, error["code"]) == (400, "MISSING_REQUIRED_FIELD")
    assert error["details"]["missing"] == ["image"]


def test_image_and_image_url_together(api: Client) -> None:
    status, error = refused(api, image_url="https://example.com/a.jpg")
    assert (status, error["code"]) == (400, "INVALID_INPUT")


def test_two_images(api: Client) -> None:
    status, error = refused(api, image=[uploaded(), uploaded()])
    assert (status, error["code"]) == (400, "INVALID_INPUT")


def test_text_instead_of_a_file(api: Client) -> None:
    assert refused(api, image="photo.jpg")[1]["code"] == "INVALID_INPUT"


def test_empty_file(api: Client) -> None:
    error = refused(api, image=uploaded(b""))[1]
    assert error["code"] == "INVALID_FILE_TYPE"
    allowed = ["jpg", "png", "webp", "heic", "avif", "tiff", "bmp", "gif"]
    assert error["details"] == {"allowed": allowed, "field": "image"}


def test_text_named_jpg(api: Client) -> None:
    status, error = refused(api, image=uploaded(b"only words"))
    assert (status, error["code"]) == (400, "INVALID_FILE_TYPE")
    assert "JPEG, PNG, WebP" in error["message"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"GIF89a",
        b"II*\0",
        b"BM",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        bytes(1000),
    ],
)
def test_files_that_only_begin_like_an_image_are_refused(api: Client, data: bytes) -> None:
    status, error = refused(api, image=uploaded(data))
    assert (status, error["code"]) == (400, "INVALID_FILE_TYPE")


def test_ten_megabytes_and_one_byte(api: Client) -> None:
    data = photo() + bytes(10 * MEGABYTES + 1 - len(photo()))
    status, error = refused(api, image=uploaded(data))
    assert (status, error["code"]) == (400, "FILE_TOO_LARGE")
    assert error["details"]["maxBytes"] == 10 * MEGABYTES


def test_a_body_that_goes_through_a_temporary_file(api: Client) -> None:
    data = photo() + bytes(12 * MEGABYTES)
    assert refused(api, image=uploaded(data))[1]["code"] == "FILE_TOO_LARGE"


def test_more_than_25_megapixels(api: Client) -> None:
    status, error = refused(api, image=uploaded(header_of_png(5001, 5000)))
    assert (status, error["code"]) == (400, "FILE_TOO_LARGE")
    assert error["details"]["maxPixels"] == 25_000_000


@pytest.mark.parametrize(
    ("size", "fields", "code"),
    [
        ((4000, 4000), {"scale": "2"}, "FILE_TOO_LARGE"),
        ((16_384, 10), {"format": "webp"}, "INVALID_INPUT"),
        ((10, 8_200), {"format": "webp", "scale": "2"}, "INVALID_INPUT"),
    ],
)
def test_result_that_is_known_to_be_too_large(
    api: Client, size: tuple[int, int], fields: dict[str, str], code: str
) -> None:
    status, error = refused(api, image=uploaded(header_of_png(*size)), **fields)
    assert (status, error["code"]) == (400, code)
    assert error["details"]["field"] == "image"


def test_unknown_field_names_the_allowed_ones(api: Client) -> None:
    status, error = refused(api, colour="red")
    assert (status, error["code"]) == (400, "INVALID_INPUT")
    assert error["details"]["unknown"] == ["colour"]
    assert "bg_color" in error["details"]["allowed"]


@pytest.mark.parametrize(
    "fields",
    [
        {"mask_only": "true", "bg_color": "red"},
        {"format": "zip", "bg_color": "red"},
        {"crop_margin": "10px"},
        {"format": "bmp"},
        {"bg_color": "no such colour"},
        {"crop": "true", "crop_margin": "wide"},
        {"scale": "0"},
        {"scale": "nan"},
        {"scale": "5"},
        {"quality": "0"},
        {"quality": "101"},
        {"quality": "high"},
        {"mask_only": "perhaps"},
    ],
)
def test_options_out_of_range_or_in_contradiction(api: Client, fields: dict[str, str]) -> None:
    status, error = refused(api, **fields)
    assert (status, error["code"]) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"crop_margin": "10px"}, "crop_margin needs crop"),
        ({"crop": "maybe"}, "crop: use true or false"),
        ({"scale": "big"}, "scale: use a number from 0.01 to 4"),
        ({"quality": "9.5"}, "quality: use a whole number from 1 to 100"),
        ({"bg_color": "red", "format": "zip"}, "Zip delivers colour and alpha apart"),
        ({"bg_image": "words"}, "bg_image: send it as a file in multipart/form-data"),
    ],
)
def test_messages_say_what_is_allowed(api: Client, fields: dict[str, str], message: str) -> None:
    assert refused(api, **fields)[1]["message"].startswith(message)


def test_two_backgrounds(api: Client) -> None:
    assert refused(api, bg_color="red", bg_image=uploaded())[1]["code"] == "INVALID_INPUT"


def test_background_that_is_no_image_is_named(api: Client) -> None:
    status, error = refused(api, bg_image=uploaded(b"words"))
    assert (status, error["code"]) == (400, "INVALID_FILE_TYPE")
    assert error["details"]["field"] == "bg_image"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.jpg", "file:///etc/passwd", "http://10.0.0.1/", "nonsense"]
)
def test_addresses_that_are_not_public(api: Client, url: str) -> None:
    status, error = refused(api, image=None, image_url=url)
    assert (status, error["code"]) == (400, "INVALID_INPUT")


def test_too_few_credits(stored: Files) -> None:
    user = customer(credits=14)
    status, error = refused(client_of(user), tier="professional")
    assert (status, error["code"]) == (402, "INSUFFICIENT_CREDITS")
    assert error["message"] == "You need 15 credits but only have 14 available"
    assert error["details"] == {"required": 15, "available": 14, "tier": "professional"}


def test_anonymous(db: None) -> None:
    assert refused(Client())[0] == 401


def test_key_without_the_scope(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert refused(Client(headers={"x-api-key": key}))[0] == 403


def test_eleventh_in_a_burst(owner: User, api: Client, settings: Settings) -> None:
    limit, _, burst = settings.RATE_LIMITS["single"]
    assert burst == 10
    # A window so long that nothing comes back while the test runs.
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (limit, 3600, burst)}
    for _ in range(burst):
        refused(api, tier="ultra")
    status, error = refused(api)
    assert (status, error["code"]) == (429, "RATE_LIMIT_EXCEEDED")


def test_new_work_during_maintenance(api: Client) -> None:
    call_command("maintenance", "on", message="Back at noon")
    status, error = refused(api)
    assert (status, error["code"], error["message"]) == (503, "SERVICE_UNAVAILABLE", "Back at noon")
