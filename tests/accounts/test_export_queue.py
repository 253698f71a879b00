"""The work queue of data exports satisfies the contract of all work queues."""

from typing import Any, ClassVar

from django.utils import timezone

from accounts.models import DataExport, ExportStatus
from accounts.services import export
from common.workqueue import WorkQueue
from tests.accounts.factories import UserFactory
from tests.common.workqueue.contract import DispatchedQueueContract


class TestExports(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = export.QUEUE
    ending: ClassVar[dict[str, Any]] = {
        "status": ExportStatus.READY,
        "finished_at": timezone.now(),
    }

    def add(self) -> DataExport:
        return export.request(user=UserFactory(), now=timezone.now())
