from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from batches.archive import build, orphans
from common import storage
from tests.batches.archive.factories import stored_archives, zipping

pytestmark = pytest.mark.django_db

KEY = "batches/batch_1-00.zip"


@pytest.fixture
def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


class Died(BaseException):
    pass


@contextmanager
def being_written(key: str) -> Iterator[None]:
    with suppress(Died), storage.writer(key, content_type="application/zip") as out:
        out.write(b"half")
        yield
        raise Died


def test_old_archives_that_no_batch_names_go(owner: User, tomorrow: datetime) -> None:
    batch, _ = zipping(owner, results=[b"one"])
    build.build(batch_id=batch.pk)
    storage.put(KEY, b"left", content_type="application/zip")
    assert orphans.reap(now=tomorrow) == 1
    batch.refresh_from_db()
    assert stored_archives() == [batch.zip_key]


def test_old_drafts_of_any_object_go(tomorrow: datetime, media: Path) -> None:
    with being_written("uploads/background-remover/user_1/job_1-original.jpg"), being_written(KEY):
        assert orphans.reap(now=tomorrow) == 2
        assert [path for path in media.rglob("*") if path.is_file()] == []


def test_young_files_stay(media: Path) -> None:
    storage.put(KEY, b"whole", content_type="application/zip")
    with being_written("batches/batch_2-00.zip"):
        assert orphans.reap(now=timezone.now()) == 0


def test_results_are_not_touched(owner: User, tomorrow: datetime) -> None:
    _, [job] = zipping(owner, results=[b"one"])
    assert orphans.reap(now=tomorrow) == 0
    assert storage.exists(job.result_key)


def test_leftovers_of_a_batch_are_only_its_own(owner: User) -> None:
    batch, _ = zipping(owner, results=[b"one"])
    mine = f"batches/{batch.public_id}-00.zip"
    storage.put(mine, b"left", content_type="application/zip")
    storage.put(f"batches/{batch.public_id}x-00.zip", b"else", content_type="application/zip")
    assert orphans.of(batch).keys == (mine,)
