"""POST /background-remover/uploads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches.models import Upload
from batches.uploads.errors import TooManyUploads
from common.http.auth import Scope
from common.http.errors import timestamp
from tests.accounts.factories import api_key_for
from tests.batches.uploads.factories import URL, announce, announced, file, ids, slots
from tests.removal.factories import customer

pytestmark = pytest.mark.django_db


def refusal(client: Client, *files: dict[str, Any]) -> tuple[int, str]:
    answer = announce(client, *files)
    assert Upload.objects.count() == 0
    return answer.status_code, answer.json()["error"]["code"]


def test_each_file_gets_a_slot_of_its_own(api: Client, owner: User, settings: Settings) -> None:
    settings.BASE_URL = "https://api.example.com"
    shoe, bag = slots(api, file(), file(filename="bag.png", contentType="image/png"))
    upload = Upload.objects.get(public_id=shoe["uploadId"])
    assert upload.key == f"uploads/background-remover/{owner.public_id}/{upload.public_id}.jpg"
    assert shoe["url"].startswith(f"https://api.example.com{URL}/{upload.public_id}/file?expires=")
    assert shoe == {
        "uploadId": upload.public_id,
        "filename": "shoe.jpg",
        "method": "PUT",
        "url": shoe["url"],
        "headers": {"Content-Type": "image/jpeg"},
        "expiresAt": timestamp(upload.created_at + timedelta(hours=6)),
    }
    assert bag["headers"] == {"Content-Type": "image/png"}
    assert bag["url"] != shoe["url"]


def test_five_hundred_in_one_request(api: Client) -> None:
    found = slots(api, *[file(filename=f"{n}.jpg") for n in range(500)])
    assert len({slot["uploadId"] for slot in found}) == 500
    assert [slot["filename"] for slot in found[:2]] == ["0.jpg", "1.jpg"]


def test_both_mounts_and_a_trailing_slash(api: Client) -> None:
    for path in ("/api/background-remover/uploads", f"{URL}/"):
        answer = api.post(path, {"files": [file()]}, content_type="application/json")
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\shoe.jpg", "shoe.jpg"),
        ("наш товар 📷.jpg", "наш товар 📷.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("..", "image"),
        ("con.jpg", "_con.jpg"),
        ("x" * 900 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_names_are_made_safe(api: Client, name: str, kept: str) -> None:
    assert slots(api, file(filename=name))[0]["filename"] == kept


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": 0}, "INVALID_INPUT"),
        ({"size": -5}, "INVALID_INPUT"),
        ({"size": 1.5}, "INVALID_INPUT"),
        ({"size": "many"}, "INVALID_INPUT"),
        ({"size": True}, "INVALID_INPUT"),
        ({"size": None}, "INVALID_INPUT"),
        ({"size": [1]}, "INVALID_INPUT"),
        ({"size": 10 * 1024**2 + 1}, "FILE_TOO_LARGE"),
        ({"size": 10**15}, "BATCH_TOO_LARGE"),
        ({"size": 10**30}, "INVALID_INPUT"),
        ({"contentType": "image/svg+xml"}, "INVALID_INPUT"),
        ({"contentType": "image/jpeg\r\nx: y"}, "INVALID_INPUT"),
        ({"filename": ""}, "INVALID_INPUT"),
        ({"filename": "a\0.jpg"}, "INVALID_INPUT"),
        ({"filename": "x" * 1001}, "INVALID_INPUT"),
        ({"filename": 5.5j.imag}, "CREATED"),
        ({"colour": "red"}, "INVALID_INPUT"),
    ],
)
def test_files_that_cannot_be(api: Client, change: dict[str, Any], code: str) -> None:
    if code == "CREATED":
        assert slots(api, file(**change))[0]["filename"] == "5.5"
    else:
        assert refusal(api, file(**change)) == (400, code)


@pytest.mark.parametrize("missing", ["filename", "contentType", "size"])
def test_missing_field(api: Client, missing: str) -> None:
    assert refusal(api, {name: value for name, value in file().items() if name != missing}) == (
        400,
        "MISSING_REQUIRED_FIELD",
    )


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"files": {}}', b'{"files": "x"}', b'{"files": [1]}', b"\xff\xfe"]
)
def test_bodies_of_another_shape(api: Client, body: bytes) -> None:
    answer = api.generic("POST", URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in ("INVALID_INPUT", "MISSING_REQUIRED_FIELD")


def test_no_files(api: Client) -> None:
    assert refusal(api) == (400, "INVALID_INPUT")


def test_five_hundred_and_one(api: Client) -> None:
    assert refusal(api, *[file()] * 501) == (400, "BATCH_TOO_LARGE")


def test_more_than_two_gigabytes(api: Client) -> None:
    assert refusal(api, *[file(10 * 1024**2)] * 205) == (400, "BATCH_TOO_LARGE")


def test_too_large_a_file_is_named(api: Client) -> None:
    error = announce(api, file(), file(11 * 1024**2)).json()["error"]
    assert error["details"] == {"files": [1], "maxBytes": 10 * 1024**2}


def test_too_many_outstanding(api: Client, owner: User, settings: Settings) -> None:
    settings.UPLOADS_OUTSTANDING = 3
    announced(owner, 10, 10)
    answer = announce(api, file(), file())
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert answer.json()["error"]["details"]["outstanding"] == 2
    assert len(slots(api, file())) == 1


def test_too_many_bytes_outstanding(api: Client, owner: User, settings: Settings) -> None:
    settings.BATCH_MAX_BYTES = 1000
    announced(owner, 900), announced(owner, 900)
    assert announce(api, file(201)).status_code == 409
    assert announce(api, file(200)).status_code == 201


def test_used_and_expired_uploads_do_not_count(owner: User, settings: Settings) -> None:
    settings.UPLOADS_OUTSTANDING = 2
    announced(owner, 10, now=timezone.now() - timedelta(hours=7))
    used = announced(owner, 10)
    Upload.objects.filter(public_id__in=ids(used)).update(used_at=timezone.now(), batch_id=1)
    announced(owner, 10, 10)
    with pytest.raises(TooManyUploads):
        announced(owner, 10)


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_announced_at_once(settings: Settings) -> None:
    settings.UPLOADS_OUTSTANDING = 5
    user = customer()

    def one(_: int) -> bool:
        try:
            announced(user, 10, 10)
        except TooManyUploads:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 2
    assert Upload.objects.count() == 4


def test_anonymous(db: None) -> None:
    assert refusal(Client(), file()) == (401, "UNAUTHORIZED")


def test_key_without_the_scope(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert refusal(Client(headers={"x-api-key": key}), file())[0] == 403


def test_burst(api: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "uploads": (60, 3600, 2)}
    assert [announce(api, file()).status_code for _ in range(3)] == [201, 201, 429]
