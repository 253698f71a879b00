import asyncio
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.models import User
from batches.archive import build, links
from batches.models import Batch
from common import storage
from common.http.auth import Scope
from common.storage.types import CHUNK
from tests.accounts.factories import api_key_for, bearer
from tests.batches.archive.factories import bare, zipping
from tests.common.http import error

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(owner: User) -> Batch:
    batch, _ = zipping(owner, results=[b"x" * 600_000, b"y" * 500_000])
    build.build(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def path(batch: Batch) -> str:
    return f"/v1/background-remover/batch/{batch.public_id}/download"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def status(response: Any) -> int:
    if response.streaming:
        body(response)
    return int(response.status_code)


def ended(owner: User, **fields: Any) -> Batch:
    counts = {"completed_images": 0, "failed_images": 2, "cancelled_images": 0}
    return bare(owner, total_images=2, completed_at=timezone.now(), **{**counts, **fields})


def test_the_owner_gets_the_zip(api: Client, batch: Batch) -> None:
    response = api.get(path(batch))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="{batch.public_id}.zip"'
    )
    assert response.headers["Content-Length"] == str(batch.zip_size)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert zipfile.ZipFile(io.BytesIO(body(response))).testzip() is None


def test_the_other_mount_and_a_slash_work_too(api: Client, batch: Batch) -> None:
    assert status(api.get(path(batch).replace("/v1/", "/api/") + "/")) == 200


def test_not_a_stranger_and_not_staff(stranger: Client, staff: Client, batch: Batch) -> None:
    for client in (stranger, staff):
        response = client.get(path(batch))
        assert response.status_code == 404
        assert error(response)["code"] == "NOT_FOUND"


def test_anonymous_is_refused(batch: Batch) -> None:
    assert status(Client().get(path(batch))) == 401


def test_a_key_needs_the_right_to_read(owner: User, batch: Batch) -> None:
    key = api_key_for(owner, [Scope.BILLING_READ])
    response = Client().get(path(batch), headers={"X-API-Key": key})
    assert response.status_code == 403


def test_head_has_size_and_version(api: Client, batch: Batch) -> None:
    response = api.head(path(batch))
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Length"] == str(batch.zip_size)
    assert response.headers["ETag"] == storage.stat(batch.zip_key).etag


def test_a_download_is_resumed(api: Client, batch: Batch) -> None:
    whole = api.get(path(batch))
    etag = whole.headers["ETag"]
    rest = api.get(path(batch), headers={"Range": "bytes=1000000-", "If-Range": etag})
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == (
        f"bytes 1000000-{batch.zip_size - 1}/{batch.zip_size}"  # type: ignore[operator]
    )
    assert body(whole)[1_000_000:] == body(rest)


def test_a_download_of_another_version_starts_anew(api: Client, batch: Batch) -> None:
    response = api.get(path(batch), headers={"Range": "bytes=5-", "If-Range": '"old"'})
    assert (response.status_code, len(body(response))) == (200, batch.zip_size)


def test_a_range_past_the_end_is_a_416(api: Client, batch: Batch) -> None:
    response = api.get(path(batch), headers={"Range": f"bytes={batch.zip_size}-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{batch.zip_size}"
    problem = response.json()["error"]
    assert (problem["code"], problem["details"]) == ("INVALID_INPUT", {"size": batch.zip_size})


def test_redirect_leads_to_a_signed_address_of_our_own(api: Client, batch: Batch) -> None:
    response = api.get(path(batch), {"redirect": "1"})
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "private, no-store"
    target = response.headers["Location"]
    assert target.startswith(f"/batches/{batch.public_id}.zip?expires=")
    assert status(Client().get(target)) == 200


def test_redirect_is_a_yes_or_no(api: Client, batch: Batch) -> None:
    assert status(api.get(path(batch), {"redirect": "0"})) == 200
    assert status(api.get(path(batch), {"redirect": "maybe"})) == 400
    assert status(api.get(path(batch), {"elsewhere": "1"})) == 400


@pytest.mark.parametrize("status", ["pending", "processing", "zipping"])
def test_a_running_batch_is_a_409_with_its_progress(api: Client, owner: User, status: str) -> None:
    batch, _ = zipping(owner, results=[b"one"], failed=1)
    Batch.objects.filter(pk=batch.pk).update(status=status)
    response = api.get(path(batch))
    assert response.status_code == 409
    assert response.headers["Retry-After"] == "5"
    assert error(response)["details"] == {
        "batchId": batch.public_id,
        "status": status,
        "progress": {
            "totalImages": 2,
            "processedImages": 1,
            "failedImages": 1,
            "cancelledImages": 0,
            "percentage": 100,
        },
    }


def test_a_failed_batch_has_none(api: Client, owner: User) -> None:
    batch = ended(owner, status="failed", error_code="BATCH_FAILED", error_message="None worked")
    response = api.get(path(batch))
    assert response.status_code == 404
    assert error(response)["details"] == {
        "batchId": batch.public_id,
        "status": "failed",
        "error": {"code": "BATCH_FAILED", "message": "None worked"},
    }


def test_a_batch_cancelled_before_anything_finished_has_none(api: Client, owner: User) -> None:
    batch = ended(owner, status="cancelled")
    assert status(api.get(path(batch))) == 404


@pytest.mark.parametrize("moment", ["expired_at", "erased_at"])
def test_an_expired_archive_is_a_410(api: Client, owner: User, moment: str) -> None:
    batch = ended(owner, status="completed", **{moment: timezone.now()})
    response = api.get(path(batch))
    assert response.status_code == 410
    assert error(response)["code"] == "GONE"


def test_an_archive_that_was_lost_is_a_404(api: Client, batch: Batch) -> None:
    storage.delete(batch.zip_key)
    assert status(api.get(path(batch))) == 404


class TestSignedAddress:
    """`/batches/<id>.zip`, as the status names it."""

    @pytest.fixture
    def url(self, batch: Batch) -> str:
        url = links.zip_url(batch, now=timezone.now())
        assert url
        return url

    def test_opens_for_whoever_has_it(self, url: str, batch: Batch) -> None:
        response = Client().get(url)
        assert response.status_code == 200
        assert batch.public_id in response.headers["Content-Disposition"]
        assert len(body(response)) == batch.zip_size

    def test_opens_in_parts(self, url: str) -> None:
        response = Client().get(url, headers={"Range": "bytes=0-1"})
        assert (response.status_code, body(response)) == (206, b"PK")

    def test_expires(self, batch: Batch) -> None:
        past = timezone.now() - timedelta(seconds=61)
        url = links.zip_url(batch, now=past, lifetime_s=60)
        assert url
        assert status(Client().get(url)) == 404

    def test_is_for_one_batch(self, url: str, owner: User) -> None:
        other, _ = zipping(owner, results=[b"one"])
        build.build(batch_id=other.pk)
        query = url.partition("?")[2]
        assert status(Client().get(f"/batches/{other.public_id}.zip?{query}")) == 404

    def test_opens_without_signature_for_the_owner_only(
        self, url: str, api: Client, staff: Client, stranger: Client
    ) -> None:
        plain = url.partition("?")[0]
        seen = [status(client.get(plain)) for client in (api, staff, stranger, Client())]
        assert seen == [200, 404, 404, 404]

    def test_says_no_more_when_there_is_nothing(self, owner: User, api: Client) -> None:
        batch = ended(owner, status="failed", error_code="BATCH_FAILED")
        assert links.zip_url(batch, now=timezone.now()) is None
        assert status(api.get(f"/batches/{batch.public_id}.zip")) == 404

    def test_does_not_reveal_where_the_object_lies(self, url: str, batch: Batch) -> None:
        assert batch.zip_key not in url
        assert status(Client().get(f"/{batch.zip_key}")) == 404


@pytest.mark.django_db(transaction=True)
def test_under_asgi_the_zip_is_pulled_chunk_by_chunk(owner: User, batch: Batch) -> None:
    headers = {"authorization": bearer(owner)}

    async def chunks() -> list[bytes]:
        response: Any = await AsyncClient().get(path(batch), headers=headers)
        assert response.is_async
        found = [chunk async for chunk in response]
        await sync_to_async(connections.close_all)()
        return found

    found = asyncio.run(chunks())
    assert sum(map(len, found)) == batch.zip_size
    assert max(map(len, found)) == CHUNK
