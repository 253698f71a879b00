"""The work queue of webhook deliveries satisfies the contract of all work queues."""

from datetime import datetime
from itertools import count
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from accounts.models import User
from common.workqueue import WorkQueue
from integrations.models import Delivery
from integrations.webhooks import outbox
from integrations.webhooks.claims import Claimer
from tests.common.workqueue.contract import DispatchedQueueContract
from tests.integrations.webhooks.factories import delivery

_numbers = count()


class TestDeliveries(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = outbox.QUEUE
    ending: ClassVar[dict[str, Any]] = {"status": "delivered", "ended_at": timezone.now()}

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner = owner

    def claim(self, now: datetime, limit: int) -> list[Any]:
        return Claimer().claim(now=now, limit=limit)

    def add(self) -> Delivery:
        return delivery(self.owner, subject=f"batch_{next(_numbers)}")
