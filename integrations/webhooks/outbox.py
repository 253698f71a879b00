"""The outbox of webhooks: each delivery is stored once, claimed and completed."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from common.http.errors import NotFound, timestamp
from common.workqueue import TaskRef, WorkQueue, at_once
from integrations.webhooks import backoff
from integrations.webhooks.models import Delivery, DeliveryStatus

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=30)
_PURGE = 1000

DELIVER_DUE = TaskRef("integrations.tasks.deliver_due", queue="delivery", expires_s=120)

QUEUE: WorkQueue[Delivery] = WorkQueue(
    model=Delivery,
    open=Q(status=DeliveryStatus.PENDING),
    lease=lambda: LEASE,
    backoff=lambda attempts: backoff.pause(attempts=attempts),
    longest_wait=backoff.LONGEST_PAUSE,
    max_attempts=lambda: backoff.MAX_ATTEMPTS,
    given_up=lambda now: {"status": DeliveryStatus.DEAD, "ended_at": now},
    reopened={"status": DeliveryStatus.PENDING, "ended_at": None},
    task=DELIVER_DUE,
)


def put(
    *,
    user_id: int,
    event: str,
    subject: str,
    url: str,
    data: Mapping[str, Any],
    request_id: str,
    now: datetime,
) -> Delivery:
    """Store an event for delivery and dispatch it on commit. It happens once: for the same subject,
    event and address the existing row is returned.
    """
    body = {"type": event, "timestamp": timestamp(now), "data": data}
    delivery, created = Delivery.objects.get_or_create(
        user_id=user_id,
        event=event,
        subject=subject,
        url=url,
        defaults={
            "body": json.dumps(body, separators=(",", ":")),
            "request_id": request_id,
            "available_at": at_once(now),
            "dispatched_at": now,
            "created_at": now,
        },
    )
    if created:
        QUEUE.dispatch()
    return delivery


def delivered(delivery: Delivery, *, status: int, excerpt: str, now: datetime) -> None:
    """Complete a claimed delivery that the receiver accepted. Raises `LeaseLost`."""
    QUEUE.complete(
        delivery,
        status=DeliveryStatus.DELIVERED,
        response_status=status,
        response_excerpt=excerpt,
        ended_at=now,
    )


def failed(
    delivery: Delivery,
    *,
    error: str,
    status: int | None,
    excerpt: str,
    final: bool,
    wished_s: int,
    now: datetime,
) -> None:
    """Store a failure; the delivery is retried unless `final` or its attempts are used up.

    Raises `LeaseLost`.
    """
    QUEUE.fail(
        delivery,
        error=error,
        now=now,
        final=final,
        wait=backoff.pause(attempts=delivery.attempts, wished_s=wished_s),
        response_status=status,
        response_excerpt=excerpt,
    )


def redeliver(*, user_id: int, public_id: str, now: datetime) -> Delivery:
    """Send an event of this user again, with all its attempts; raises `NotFound`."""
    delivery = Delivery.objects.filter(user_id=user_id, public_id=public_id).first()
    if delivery is None:
        raise NotFound("There is no such delivery")
    replay(delivery_ids=[delivery.pk], now=now)
    delivery.refresh_from_db()
    return delivery


def replay(*, delivery_ids: list[int], now: datetime) -> int:
    """Make deliveries due now, as if they were new; returns how many.

    A worker that is sending one loses its lease, so its outcome does not count.
    """
    count = QUEUE.replay(Delivery.objects.filter(pk__in=delivery_ids), now=now)
    QUEUE.dispatch()
    return count


def forget(*, user_id: int, subjects: Sequence[str]) -> None:
    """Delete the deliveries about erased subjects."""
    Delivery.objects.filter(user_id=user_id, subject__in=subjects).delete()


def purge(*, now: datetime) -> int:
    """Delete deliveries that ended long ago; returns how many."""
    old = Delivery.objects.filter(ended_at__lt=now - KEPT).values("pk")[:_PURGE]
    return Delivery.objects.filter(pk__in=old).delete()[0]
