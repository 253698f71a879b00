"""Uploads that an object store which checks signatures refuses."""

import time
from datetime import timedelta
from typing import Any

import pytest
import urllib3
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.creation.intake import from_uploads
from batches.models import Upload
from batches.uploads import links
from common import storage
from tests.batches.uploads.factories import announced, file, ids, link, slots
from tests.removal.conftest import api, owner
from tests.removal.factories import photo

__all__ = ["api", "owner"]

pytestmark = [pytest.mark.system, pytest.mark.django_db, pytest.mark.usefixtures("bucket")]

DATA = photo()


@pytest.fixture
def upload(owner: User) -> Upload:
    return announced(owner, len(DATA))[0]


def put(slot: dict[str, Any], data: bytes = DATA, **headers: str) -> int:
    sent = {**slot["headers"], **{name.replace("_", "-"): text for name, text in headers.items()}}
    return urllib3.request("PUT", slot["url"], body=data, headers=sent, retries=False).status


def altered(upload: Upload, old: str, new: str) -> dict[str, Any]:
    slot = link(upload)
    assert old in slot["url"]
    return {**slot, "url": slot["url"].replace(old, new)}


def test_the_announced_file_is_accepted(api: Client, owner: User) -> None:
    found = slots(api, file(len(DATA)), file(len(DATA)))
    assert [put(slot) for slot in found] == [200, 200]
    wanted = [slot["uploadId"] for slot in found]
    images = from_uploads(user=owner, upload_ids=wanted, now=timezone.now())
    assert [image.probe and image.probe.format for image in images] == ["jpeg", "jpeg"]


@pytest.mark.parametrize("data", [DATA + b"x", DATA[:-1], b"", DATA * 100])
def test_another_size(upload: Upload, data: bytes) -> None:
    assert put(link(upload), data) == 403
    assert not storage.exists(upload.key)


@pytest.mark.parametrize("kind", ["image/png", "text/html", "image/svg+xml"])
def test_another_type(upload: Upload, kind: str) -> None:
    assert put(link(upload), Content_Type=kind) == 403
    assert not storage.exists(upload.key)


def test_no_type(upload: Upload) -> None:
    assert put({**link(upload), "headers": {}}) == 403


def test_another_signature(upload: Upload) -> None:
    slot = link(upload)
    rest, _, signature = slot["url"].rpartition("&X-Amz-Signature=")
    assert put({**slot, "url": f"{rest}&X-Amz-Signature={signature[::-1]}"}) == 403
    assert put({**slot, "url": rest}) == 403


def test_another_key(upload: Upload) -> None:
    other = upload.key.replace(upload.public_id, "upl_another")
    assert put(altered(upload, upload.key, other)) == 403
    assert not storage.exists(other)


def test_another_expiry(upload: Upload) -> None:
    assert put(altered(upload, "X-Amz-Expires=", "X-Amz-Expires=9")) == 403


def test_after_the_expiry(upload: Upload) -> None:
    now = timezone.now()
    upload.expires_at = now + timedelta(seconds=1)
    found = links.link_to(upload, now=now)
    time.sleep(2)
    assert put({"url": found.url, "headers": dict(found.headers)}) == 403
    assert not storage.exists(upload.key)


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_another_method(upload: Upload, method: str) -> None:
    slot = link(upload)
    put(slot)
    answer = urllib3.request(method, slot["url"], headers=slot["headers"], retries=False)
    assert answer.status in (403, 405)
    assert storage.exists(upload.key)


def test_a_body_of_unknown_length(upload: Upload) -> None:
    slot = link(upload)
    answer = urllib3.request(
        "PUT", slot["url"], body=iter([DATA]), headers=slot["headers"], retries=False
    )
    assert answer.status in (403, 411)
    assert not storage.exists(upload.key)


def test_refused_files_are_not_uploaded(owner: User) -> None:
    good, bad = announced(owner, len(DATA), len(DATA))
    put(link(good)), put(link(bad), DATA + b"x")
    with pytest.raises(Exception, match="1 not uploaded yet") as refusal:
        from_uploads(user=owner, upload_ids=ids([good, bad]), now=timezone.now())
    assert refusal.value.details == {"notUploaded": ids([bad])}  # type: ignore[attr-defined]
