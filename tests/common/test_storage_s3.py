"""The same port over S3, against a real S3-speaking server on loopback."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from django.test import Client
from django.utils import timezone
from moto.server import ThreadedMotoServer

from common import storage
from common.http.media import signed_url
from common.storage import objects

KEY = "processed/background-remover/user_1/job_1-removed.png"

pytestmark = pytest.mark.s3


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _bucket(settings: Any, endpoint: str) -> Iterator[None]:
    login: dict[str, Any] = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **login)
    client.create_bucket(Bucket="lumiku")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "lumiku",
                "endpoint_url": endpoint,
                "region_name": "us-east-1",
                "access_key": "key",
                "secret_key": "secret",
                "addressing_style": "path",
                "signature_version": "s3v4",
                "default_acl": None,
                "file_overwrite": False,
            },
        },
    }
    yield
    for entry in client.list_objects_v2(Bucket="lumiku").get("Contents", []):
        client.delete_object(Bucket="lumiku", Key=entry["Key"])


def put(content: bytes | BinaryIO = b"one", **kwargs: Any) -> None:
    storage.put(KEY, content, content_type="image/png", **kwargs)


def test_a_stored_object_can_be_read_measured_and_deleted() -> None:
    put()
    assert (storage.read(KEY), storage.size(KEY), storage.exists(KEY)) == (b"one", 3, True)
    storage.delete(KEY)
    assert not storage.exists(KEY)


def test_a_file_is_stored_from_its_position_and_stays_open() -> None:
    file = io.BytesIO(b"skipped and kept")
    file.seek(12)
    put(file)
    assert storage.read(KEY) == b"kept"
    assert not file.closed


def test_a_large_file_replaces_an_object() -> None:
    put()
    content = bytes(objects.PART) + b"end"
    put(io.BytesIO(content), replace=True)
    assert storage.read(KEY) == content


def test_an_object_is_never_overwritten_silently() -> None:
    put()
    with pytest.raises(storage.AlreadyStored):
        put(b"two")
    put(b"three", replace=True)
    assert storage.read(KEY) == b"three"


def test_a_missing_object_is_a_file_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        storage.open(KEY)


def test_the_content_type_is_kept() -> None:
    put()
    stored: Any = storage._storage(KEY)
    assert stored.bucket.Object(KEY).content_type == "image/png"


def test_a_signed_address_redirects_to_a_short_lived_one() -> None:
    put()
    response = Client().get(signed_url(KEY, now=timezone.now()))
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "private, no-store"
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    assert query["X-Amz-Expires"] == ["60"]
    assert query["response-content-type"] == ["image/png"]
    assert query["response-content-disposition"] == ['inline; filename="job_1-removed.png"']


def test_a_signed_address_of_nothing_is_a_404() -> None:
    assert Client().get(signed_url(KEY, now=timezone.now())).status_code == 404
