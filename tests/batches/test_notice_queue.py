"""The work queue of notices keeps the contract of all work queues."""

from typing import Any, ClassVar

import pytest
from django.utils import timezone

from accounts.models import User
from batches import notices
from batches.models import Batch
from common.workqueue import WorkQueue
from tests.batches.archive.factories import bare
from tests.common.workqueue.contract import DispatchedQueueContract
from tests.removal.conftest import owner

__all__ = ["owner"]


class TestNotices(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = notices.QUEUE
    ending: ClassVar[dict[str, Any]] = {"notified_at": timezone.now()}

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner = owner

    def add(self) -> Batch:
        return bare(
            self.owner,
            total_images=2,
            status="completed",
            completed_at=timezone.now(),
            completed_images=2,
            failed_images=0,
            cancelled_images=0,
        )
