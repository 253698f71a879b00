"""The work queue of account erasures satisfies the contract of all work queues."""

from typing import Any, ClassVar

from django.utils import timezone

from accounts.models import Erasure
from accounts.services import erasure
from common.workqueue import WorkQueue
from tests.accounts.factories import UserFactory
from tests.common.workqueue.contract import DispatchedQueueContract


class TestErasures(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = erasure.QUEUE
    ending: ClassVar[dict[str, Any]] = {"finished_at": timezone.now()}

    def add(self) -> Erasure:
        user = UserFactory()
        return erasure.erase_account(user=user, by=user, reason="", now=timezone.now())
