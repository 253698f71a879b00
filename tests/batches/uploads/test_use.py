"""An uploaded file from the start of a batch to its erasure."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.models import Batch, Upload
from batches.uploads import sweeper
from removal.models import Job
from tests.batches.uploads.factories import ids, link, send, uploaded
from tests.removal.conftest import Files
from tests.removal.factories import photo

pytestmark = pytest.mark.django_db

URL = "/v1/background-remover/batch"


def start(client: Client, upload_ids: list[str], **fields: Any) -> Any:
    body = {"tier": "basic", "uploadIds": upload_ids, **fields}
    return client.post(URL, body, content_type="application/json")


@pytest.fixture
def uploads(owner: User) -> list[Upload]:
    return uploaded(owner, photo(), photo(kind="PNG"), b"only words")


def test_the_uploaded_object_is_the_original(
    api: Client, uploads: list[Upload], stored: Files
) -> None:
    before = list(stored)
    assert start(api, ids(uploads)).status_code == 201
    jobs = Job.objects.order_by("position")
    assert [job.original_key for job in jobs] == [uploads[0].key, uploads[1].key, ""]
    assert [job.filename for job in jobs] == ["0.jpg", "1.jpg", "2.jpg"]
    assert [job.format for job in jobs][:2] == ["jpg", "png"]
    assert list(stored) == before
    batch = Batch.objects.get()
    assert set(Upload.objects.values_list("batch_id", flat=True)) == {batch.pk}


def test_a_start_that_is_refused_uses_nothing(api: Client, uploads: list[Upload]) -> None:
    assert start(api, ids(uploads), tier="industry", quality=500).status_code == 400
    assert start(api, [*ids(uploads), "upl_unknown"]).status_code == 404
    assert Upload.objects.filter(used_at__isnull=True).count() == 3


def test_too_few_credits_use_nothing(api: Client, owner: User) -> None:
    uploads = uploaded(owner, *[photo()] * 5)
    assert start(api, ids(uploads), tier="industry").status_code == 402
    assert Upload.objects.filter(used_at__isnull=True).count() == 5


def test_erasing_the_image_deletes_the_file_for_good(
    api: Client, uploads: list[Upload], stored: Files
) -> None:
    start(api, ids(uploads))
    job = Job.objects.get(position=0)
    assert api.delete(f"/v1/background-remover/jobs/{job.public_id}").status_code == 200
    assert uploads[0].key not in list(stored)
    assert send(link(uploads[0]), photo()).status_code == 409
    assert uploads[0].key not in list(stored)


def test_after_the_expiry_only_the_files_of_images_are_left(
    api: Client, uploads: list[Upload], stored: Files
) -> None:
    start(api, ids(uploads))
    assert sweeper.purge(now=timezone.now() + timedelta(hours=8)) == 3
    assert list(stored) == sorted(upload.key for upload in uploads[:2])
