"""The work queue of Stripe's events satisfies the contract of all work queues."""

from itertools import count
from typing import Any, ClassVar

from django.utils import timezone

from billing.models import StripeEvent
from billing.models.events import EventStatus
from billing.stripe.types import RemoteEvent
from billing.webhooks import intake
from billing.webhooks.queue import QUEUE
from common.workqueue import WorkQueue
from tests.common.workqueue.contract import DispatchedQueueContract

_numbers = count()


class TestStripeEvents(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = QUEUE
    ending: ClassVar[dict[str, Any]] = {"status": EventStatus.DONE}

    def add(self) -> StripeEvent:
        now = timezone.now()
        event = RemoteEvent(
            id=f"evt_{next(_numbers)}",
            type="charge.updated",
            object_type="charge",
            object_id="ch_1",
            created_at=now,
            payload={"data": {"object": {"id": "ch_1", "object": "charge"}}},
        )
        intake.store(event, source="webhook", now=now)
        return StripeEvent.objects.get(stripe_id=event.id)
