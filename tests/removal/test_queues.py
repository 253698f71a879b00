"""The work queues of singles and of images of batches keep the contract of all work queues."""

from datetime import datetime
from itertools import count
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from accounts.models import User
from common.workqueue import Swept, WorkQueue
from removal import bulk, claims, sweeper
from removal.models import Job
from removal.queue import IMAGES, SINGLES
from tests.common.workqueue.contract import DispatchedQueueContract, QueueContract
from tests.removal.factories import row

ENDING: dict[str, Any] = {"status": "completed", "completed_at": timezone.now()}
_positions = count()


class TestSingles(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = SINGLES
    ending: ClassVar[dict[str, Any]] = ENDING

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner = owner

    def add(self) -> Job:
        return row(self.owner, status="queued")

    def claim(self, now: datetime, limit: int) -> list[Any]:
        return list(claims.claim(now=now, limit=limit))

    def sweep(self, now: datetime) -> Swept:
        return sweeper.sweep(now=now)


class TestImages(QueueContract):
    queue: ClassVar[WorkQueue[Any]] = IMAGES
    ending: ClassVar[dict[str, Any]] = ENDING

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner = owner

    def add(self) -> Job:
        return row(self.owner, status="queued", batch_id=1, position=next(_positions))

    def claim(self, now: datetime, limit: int) -> list[Any]:
        """An attempt counts when the image is begun."""
        jobs = list(bulk.claim(batch_id=1, limit=limit, now=now))
        for job in jobs:
            bulk.begin(job=job, now=now)
        return jobs

    def sweep(self, now: datetime) -> Swept:
        return sweeper.sweep_images(now=now)

    def test_the_longest_due_is_claimed_first(self) -> None:
        """Images are taken in the order in which they came."""
        rows = [self._waiting(available_at=self._now()) for _ in range(2)]
        taken = [self._claim(limit=1)[0].pk for _ in rows]
        assert taken == [each.pk for each in rows]
