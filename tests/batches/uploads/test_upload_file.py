"""PUT to the address of an upload, where files are kept on disk."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.models import Upload
from common import storage
from common.http.media import signed_url
from tests.batches.uploads.factories import announced, file, link, send, slots
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo

pytestmark = pytest.mark.django_db

DATA = photo()


@pytest.fixture
def upload(owner: User) -> Upload:
    return announced(owner, len(DATA))[0]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_file_arrives_without_any_login(api: Client) -> None:
    [slot] = slots(api, file(len(DATA)))
    answer = send(slot, DATA)
    assert answer.json() == {
        "success": True,
        "data": {"uploadId": slot["uploadId"], "size": len(DATA)},
    }
    assert storage.read(Upload.objects.get().key) == DATA


def test_only_once(upload: Upload) -> None:
    send(link(upload), DATA)
    assert code(send(link(upload), DATA)) == (409, "CONFLICT")


@pytest.mark.parametrize("data", [DATA + b"x", DATA[:-1], b""])
def test_another_size_than_announced(upload: Upload, data: bytes, stored: Files) -> None:
    answer = send(link(upload), data)
    assert code(answer) == (400, "INVALID_INPUT")
    assert answer.json()["error"]["details"] == {"contentType": "image/jpeg", "size": len(DATA)}
    assert list(stored) == []


@pytest.mark.parametrize("kind", ["image/png", "text/html", ""])
def test_another_type_than_announced(upload: Upload, kind: str, stored: Files) -> None:
    assert code(send(link(upload), DATA, Content_Type=kind)) == (400, "INVALID_INPUT")
    assert list(stored) == []


def test_a_link_that_has_expired(upload: Upload) -> None:
    old = announced(User.objects.get(), 10, now=timezone.now() - timedelta(hours=7))[0]
    assert code(send(link(old), b"0123456789")) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?expires=1",
        "?signature=x",
        "?expires=99999999999&signature=x",
        "?expires=²&signature=é",
    ],
)
def test_a_link_without_a_signature_of_ours(upload: Upload, query: str) -> None:
    path = urlsplit(link(upload)["url"]).path
    answer = Client().generic("PUT", path + query, DATA, content_type="image/jpeg")
    assert code(answer) == (403, "FORBIDDEN")


def test_the_expiry_is_part_of_what_is_signed(upload: Upload) -> None:
    slot = link(upload)
    expires = parse_qs(urlsplit(slot["url"]).query)["expires"][0]
    slot["url"] = slot["url"].replace(expires, str(int(expires) + 1))
    assert code(send(slot, DATA)) == (403, "FORBIDDEN")


def test_a_link_opens_one_upload_only(owner: User) -> None:
    one, other = announced(owner, len(DATA), len(DATA))
    slot = link(one)
    slot["url"] = slot["url"].replace(one.public_id, other.public_id)
    assert code(send(slot, DATA)) == (403, "FORBIDDEN")


def test_a_link_for_looking_is_none_for_sending(upload: Upload) -> None:
    query = urlsplit(signed_url(upload.key, now=timezone.now())).query
    path = urlsplit(link(upload)["url"]).path
    answer = Client().generic("PUT", f"{path}?{query}", DATA, content_type="image/jpeg")
    assert code(answer) == (403, "FORBIDDEN")


def test_an_upload_that_was_deleted(upload: Upload, stored: Files) -> None:
    slot = link(upload)
    upload.delete()
    assert code(send(slot, DATA)) == (404, "NOT_FOUND")
    assert list(stored) == []


def test_an_upload_that_a_batch_has_used(upload: Upload, stored: Files) -> None:
    Upload.objects.update(used_at=timezone.now(), batch_id=1)
    assert code(send(link(upload), DATA)) == (409, "CONFLICT")
    assert list(stored) == []


def test_unknown_and_repeated_parameters(upload: Upload) -> None:
    slot = link(upload)
    for more in ("&colour=red", "&expires=1"):
        assert code(send({**slot, "url": slot["url"] + more}, DATA)) == (400, "INVALID_INPUT")


def test_other_methods(upload: Upload) -> None:
    url = urlsplit(link(upload)["url"])
    for method in ("GET", "POST", "DELETE"):
        answer = Client().generic(method, f"{url.path}?{url.query}", DATA)
        assert code(answer) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(stored: Files) -> None:
    slot = link(announced(customer(), len(DATA))[0])

    def one(_: int) -> int:
        try:
            return int(send(slot, DATA).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(6))) == [200, *[409] * 5]
    assert len(list(stored)) == 1
