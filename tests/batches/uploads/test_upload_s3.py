"""Uploads that go straight to an object store, from the address to the batch."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.creation.intake import from_uploads
from batches.models import Upload
from batches.uploads import sweeper
from common import storage
from tests.batches.uploads.factories import URL, file, ids, slots, uploaded
from tests.common.test_storage_s3 import _bucket, endpoint
from tests.removal.conftest import api, owner
from tests.removal.factories import photo

__all__ = ["_bucket", "api", "endpoint", "owner"]

pytestmark = [pytest.mark.s3, pytest.mark.django_db]

DATA = photo()


def test_the_address_is_the_stores_and_signs_type_and_size(api: Client, endpoint: str) -> None:
    [slot] = slots(api, file(len(DATA)))
    query = parse_qs(urlsplit(slot["url"]).query)
    assert slot["url"].startswith(f"{endpoint}/lumiku/{Upload.objects.get().key}?")
    assert slot["headers"] == {"Content-Type": "image/jpeg"}
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert 21_590 < int(query["X-Amz-Expires"][0]) <= 21_600


def test_an_uploaded_file_becomes_an_image(api: Client, owner: User) -> None:
    found = slots(api, file(len(DATA)), file(len(DATA)))
    for slot in found:
        answer = urllib3.request("PUT", slot["url"], body=DATA, headers=slot["headers"])
        assert answer.status == 200
    wanted = [slot["uploadId"] for slot in found]
    images = from_uploads(user=owner, upload_ids=wanted, now=timezone.now())
    assert [image.upload_id for image in images] == wanted
    assert {image.probe and (image.probe.width, image.probe.height) for image in images} == {
        (96, 64)
    }


def test_status(api: Client, owner: User) -> None:
    [upload] = uploaded(owner)
    answer = api.get(f"{URL}/{upload.public_id}").json()["data"]
    assert answer["status"] == "uploaded"
    storage.delete(upload.key)
    assert api.get(f"{URL}/{upload.public_id}").json()["data"]["status"] == "pending"


def test_only_the_beginning_of_an_object_is_read(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[range] = []
    whole = storage.stream

    def counting(key: str, *, span: range, **kwargs: Any) -> storage.Stream:
        fetched.append(span)
        return whole(key, span=span, **kwargs)

    monkeypatch.setattr(storage, "stream", counting)
    uploads = uploaded(owner, DATA + bytes(2_000_000), photo(kind="PNG") + bytes(2_000_000))
    images = from_uploads(user=owner, upload_ids=ids(uploads), now=timezone.now())
    assert [image.problem for image in images] == [None, None]
    assert [len(span) for span in fetched] == [16 * 1024] * 2


def test_expired_uploads_go(owner: User) -> None:
    upload = uploaded(owner, now=timezone.now() - timedelta(hours=8))[0]
    assert sweeper.purge(now=timezone.now()) == 1
    assert not storage.exists(upload.key)


def test_unknown_objects_go(owner: User) -> None:
    upload = uploaded(owner)[0]
    Upload.objects.all().delete()
    assert sweeper.reap(now=timezone.now()) == 0
    assert sweeper.reap(now=timezone.now() + timedelta(hours=2)) == 1
    assert not storage.exists(upload.key)
