"""Expired uploads and unknown files are deleted; files of jobs stay."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from batches.models import Upload
from batches.uploads import sweeper, tasks
from common import storage
from removal import orphans
from tests.batches.uploads.factories import announced, uploaded
from tests.removal.conftest import Files
from tests.removal.factories import row

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(hours=8)


def purge() -> int:
    return sweeper.purge(now=timezone.now())


def reap(after: timedelta = timedelta(hours=2)) -> int:
    return sweeper.reap(now=timezone.now() + after)


def used(upload: Upload) -> Upload:
    Upload.objects.filter(pk=upload.pk).update(used_at=upload.created_at, batch_id=1)
    return upload


def test_expired_uploads_go_with_their_files(owner: User, stored: Files) -> None:
    uploaded(owner, now=timezone.now() - LONG_AGO)
    announced(owner, 10, now=timezone.now() - LONG_AGO)
    assert purge() == 2
    assert list(stored) == []
    assert Upload.objects.count() == 0


def test_uploads_that_may_still_be_used_stay(owner: User, stored: Files) -> None:
    uploaded(owner), uploaded(owner, now=timezone.now() - timedelta(hours=6, minutes=50))
    assert purge() == 0
    assert len(list(stored)) == 2


def test_the_file_of_a_job_stays(owner: User, stored: Files) -> None:
    upload = used(uploaded(owner, now=timezone.now() - LONG_AGO)[0])
    row(owner, status="queued", original_key=upload.key)
    assert purge() == 1
    assert list(stored) == [upload.key]


def test_a_used_file_that_no_job_names_goes(owner: User, stored: Files) -> None:
    """Its job was erased, or never had it because it is no image."""
    used(uploaded(owner, now=timezone.now() - LONG_AGO)[0])
    assert (purge(), list(stored)) == (1, [])


def test_a_file_that_cannot_be_deleted_is_tried_again(owner: User, media: Path) -> None:
    stuck, other = uploaded(owner, b"a", b"b", now=timezone.now() - LONG_AGO)
    path = media / stuck.key
    path.unlink()
    path.mkdir()
    (path / "inside").touch()
    assert purge() == 1
    assert Upload.objects.get() == stuck
    assert not storage.exists(other.key)


def test_a_file_whose_upload_nobody_knows_goes_after_an_hour(owner: User, stored: Files) -> None:
    uploaded(owner)
    Upload.objects.all().delete()
    assert reap(after=timedelta(minutes=50)) == 0
    assert reap() == 1
    assert list(stored) == []


def test_known_files_stay(owner: User, stored: Files) -> None:
    kept, of_a_job = uploaded(owner, b"a", b"b")
    Upload.objects.filter(pk=of_a_job.pk).delete()
    row(owner, status="completed", original_key=of_a_job.key)
    assert reap() == 0
    assert list(stored) == sorted([kept.key, of_a_job.key])


def test_files_of_other_parts_are_left_alone(owner: User) -> None:
    for name in ("job_1-original.jpg", "batch_1-background.png", "upl_1"):
        key = f"uploads/background-remover/{owner.public_id}/{name}"
        storage.put(key, b"x", content_type="image/jpeg")
    assert reap() == 0


def test_the_reaper_of_jobs_leaves_uploads_alone(owner: User, stored: Files) -> None:
    uploaded(owner)
    assert orphans.reap(now=timezone.now() + LONG_AGO) == 0
    assert len(list(stored)) == 1


def test_the_task_reaps_now_and_then(owner: User, stored: Files) -> None:
    uploaded(owner, now=timezone.now() - LONG_AGO)
    tasks.purge(unknown=1)
    assert list(stored) == []
    assert cache.get("uploads:orphans-reaped")


def test_beat_knows_the_task(settings: Any) -> None:
    from config.celery import app

    assert "batches.uploads.tasks.purge" in settings.CELERY_BEAT_SCHEDULE
    app.loader.import_default_modules()
    assert "batches.uploads.tasks.purge" in app.tasks
