"""The work queue of archives keeps the contract of all work queues."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from batches.archive import build
from batches.archive.queue import QUEUE
from batches.models import Batch
from common.workqueue import Swept, WorkQueue
from tests.batches.archive.factories import bare, zipping
from tests.common.workqueue.contract import DispatchedQueueContract


class TestArchives(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = QUEUE
    ending: ClassVar[dict[str, Any]] = {
        "status": "completed",
        "completed_at": timezone.now(),
        "completed_images": 0,
        "failed_images": 2,
        "cancelled_images": 0,
    }

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner = owner

    def add(self) -> Batch:
        batch, _ = zipping(self.owner, results=[], failed=2)
        return batch

    def sweep(self, now: datetime) -> Swept:
        return build.sweep(now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["pending", "processing"])
def test_only_a_batch_whose_images_have_ended_has_one(owner: User, status: str) -> None:
    batch = bare(owner, total_images=2, status=status)
    assert QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk)) == []


@pytest.mark.django_db
def test_each_failure_waits_longer_for_the_next_attempt(owner: User, settings: Any) -> None:
    settings.ARCHIVE_MAX_ATTEMPTS = 100
    bare(owner, total_images=2, status="zipping")
    now, pauses = timezone.now(), []
    for _ in range(9):
        [batch] = QUEUE.claim(now=now)
        QUEUE.fail(batch, error="no", now=now)
        pauses.append((batch.available_at - now) / timedelta(seconds=1))
        now = batch.available_at
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
