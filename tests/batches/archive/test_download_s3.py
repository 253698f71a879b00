"""Downloads when the archive lies in an S3 server."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.archive import build, links
from batches.models import Batch
from tests.batches.archive.factories import archive_of, zipping
from tests.batches.archive.test_download import body, path
from tests.common.test_storage_s3 import _bucket, endpoint

__all__ = ["_bucket", "endpoint"]

pytestmark = [pytest.mark.s3, pytest.mark.django_db]


@pytest.fixture
def batch(owner: User, media: Any, _bucket: None) -> Batch:
    batch, _ = zipping(owner, results=[b"x" * 600_000, b"y" * 500_000])
    build.build(batch_id=batch.pk)
    assert len(archive_of(batch).namelist()) == 3
    return batch


def test_the_zip_passes_through_us(api: Client, batch: Batch) -> None:
    response = api.get(path(batch))
    assert (response.status_code, len(body(response))) == (200, batch.zip_size)


def test_a_download_is_resumed(api: Client, batch: Batch) -> None:
    head = api.head(path(batch))
    assert head.headers["Content-Length"] == str(batch.zip_size)
    headers = {"Range": "bytes=1000000-", "If-Range": head.headers["ETag"]}
    rest = api.get(path(batch), headers=headers)
    assert rest.status_code == 206
    assert len(body(rest)) == (batch.zip_size or 0) - 1_000_000


def test_redirect_leads_to_the_object_store(api: Client, batch: Batch) -> None:
    response = api.get(path(batch), {"redirect": "true"})
    assert response.status_code == 302
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    assert query["response-content-disposition"] == [
        f'attachment; filename="{batch.public_id}.zip"'
    ]
    fetched = urllib3.request("GET", response.headers["Location"])
    assert (fetched.status, len(fetched.data)) == (200, batch.zip_size)


def test_the_signed_address_leads_there_too(batch: Batch) -> None:
    url = links.zip_url(batch, now=timezone.now())
    assert url
    response = Client().get(url)
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "private, no-store"
