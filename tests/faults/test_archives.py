"""Whatever happens to the writer of an archive: one valid ZIP in the end, paid once, no litter.

The suite tries every share of the way once; every share with every store:

    LUMIKU_FAULTS=full pytest tests/faults/test_archives.py
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches.archive import build, orphans
from batches.models import Batch
from billing import ledger
from common import storage
from tests.batches.archive.factories import PRICE, archive_of, stored_archives, zipping
from tests.faults.conftest import FULL, ROOT, _environment
from tests.objectstore import ObjectStore

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = 15
IMAGE_BYTES = 2_000_000
CHARGED = ledger.Balance(available=100 - IMAGES * PRICE, held=0)


@pytest.fixture
def disk(media: Path) -> dict[str, str]:
    return _environment(media)


@pytest.fixture
def radosgw(media: Path, object_store: ObjectStore, bucket: str) -> dict[str, str]:
    return {**_environment(media), **object_store.environment(bucket)}


@pytest.fixture
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """Environment of a process that works on the same rows and objects."""
    found: dict[str, str] = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def batch(environment: dict[str, str], owner: User) -> Batch:
    source = random.Random(7)
    made, _ = zipping(owner, results=[source.randbytes(IMAGE_BYTES) for _ in range(IMAGES)])
    return made


SHARES = [0.1, 0.5, 0.9]
RADOSGW = pytest.param("radosgw", marks=pytest.mark.system)
KILLS = [
    *[("disk", share) for share in (SHARES if FULL else (0.1, 0.9))],
    *[pytest.param("radosgw", share, marks=pytest.mark.system)
      for share in (SHARES if FULL else (0.5,))],
]  # fmt: skip


@pytest.mark.parametrize(("environment", "share"), KILLS, indirect=["environment"])
def test_killed_on_the_way(
    environment: dict[str, str], batch: Batch, owner: User, share: float
) -> None:
    deadly = int(share * IMAGES * IMAGE_BYTES)
    assert _run(environment, batch, deadly) == -signal.SIGKILL
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(100 - IMAGES * PRICE, IMAGES * PRICE)
    assert not build.build(batch_id=batch.pk), "the lease of the dead one has not ended"
    next_one = timezone.now() + timedelta(seconds=django_settings.LEASE_S)
    assert build.build(batch_id=batch.pk, clock=lambda: next_one)
    assert len(archive_of(batch).namelist()) == IMAGES + 1
    assert batch.status == "completed"
    assert stored_archives() == [batch.zip_key]
    assert ledger.balance(user_id=owner.pk) == CHARGED


@pytest.mark.parametrize("environment", ["disk"], indirect=True)
def test_killed_every_time(
    environment: dict[str, str], batch: Batch, owner: User, settings: Settings
) -> None:
    """Nobody pays for an archive that cannot be written, and nothing of it stays."""
    settings.ARCHIVE_MAX_ATTEMPTS = 1
    assert _run(environment, batch, IMAGE_BYTES * IMAGES // 2) == -signal.SIGKILL
    _end_lease(batch)
    assert build.sweep(now=timezone.now()).given_up == 1
    batch.refresh_from_db()
    assert (batch.status, batch.error_code) == ("failed", "ARCHIVE_FAILED")
    assert stored_archives() == []
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


@pytest.mark.parametrize("environment", ["disk", RADOSGW] if FULL else [RADOSGW], indirect=True)
def test_parts_of_a_killed_writer_are_deleted_without_another_attempt(
    environment: dict[str, str], batch: Batch
) -> None:
    _run(environment, batch, IMAGE_BYTES * IMAGES // 2)
    assert len(stored_archives()) == 1
    Batch.objects.filter(pk=batch.pk).delete()
    assert orphans.reap(now=timezone.now() + timedelta(days=1)) == 1
    assert stored_archives() == []


@pytest.mark.system
class TestUnavailable:
    """An S3 server that refuses, or answers and is not heard, three requests in ten."""

    @pytest.fixture
    def flaky(self, radosgw: dict[str, str]) -> Iterator[dict[str, str]]:
        upstream = urlsplit(radosgw["S3_ENDPOINT_URL"]).port
        command = [sys.executable, "-m", "tests.flaky", str(upstream), "0.3", "20250115"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as proxy:
            assert proxy.stdout
            port = proxy.stdout.readline().strip()
            yield {**radosgw, "S3_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
            proxy.terminate()

    @pytest.mark.parametrize("environment", ["radosgw"], indirect=True)
    def test_the_archive_is_written_once_and_paid_once(
        self, environment: dict[str, str], flaky: dict[str, str], batch: Batch, owner: User
    ) -> None:
        for _ in range(django_settings.ARCHIVE_MAX_ATTEMPTS):
            assert _run(flaky, batch) == 0
            batch.refresh_from_db()
            if batch.status == "completed":
                break
            _end_lease(batch)
        assert len(archive_of(batch).namelist()) == IMAGES + 1
        assert stored_archives() == [batch.zip_key]
        assert storage.size(batch.zip_key) == batch.zip_size
        assert ledger.balance(user_id=owner.pk) == CHARGED


def _end_lease(batch: Batch) -> None:
    now = timezone.now()
    Batch.objects.filter(pk=batch.pk).update(lease_expires_at=now, available_at=now)


def _run(environment: dict[str, str], batch: Batch, deadly: int = sys.maxsize) -> int:
    """The exit status of a worker process that writes the archive of this batch."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.archiver", str(batch.pk), str(deadly)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=100,
        check=False,
    )
    return done.returncode
