"""The outbox of webhooks: each delivery is stored once, claimed and completed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from common.http.errors import timestamp
from common.outbound.addresses import target_of
from common.workqueue import TaskRef, WorkQueue, at_once
from integrations.models import Delivery, DeliveryStatus, Endpoint, Event, Partner
from integrations.webhooks import backoff, catalogue, queries

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


def new_delivery(
    event: Event,
    *,
    body: str,
    now: datetime,
    endpoint: Endpoint | None = None,
    partner: Partner | None = None,
    url: str = "",
) -> Delivery:
    """An unsaved delivery of an event: to an endpoint, to an address that came with a request, or
    to the address of a partner application.
    """
    return Delivery(
        user_id=event.user_id,
        endpoint=endpoint,
        partner=partner,
        destination=endpoint.public_id if endpoint else _destination(event.user_id, url),
        webhook_id=event.public_id,
        sequence=event.sequence,
        event=event.type,
        subject=event.subject,
        url=endpoint.url if endpoint else url,
        body=body,
        request_id=event.request_id,
        available_at=at_once(now),
        dispatched_at=now,
        created_at=now,
    )


def body_of(event: Event) -> str:
    """The JSON text of an event, as it is signed and sent."""
    body = {
        "type": event.type,
        "id": event.public_id,
        "sequence": event.sequence,
        "timestamp": timestamp(event.created_at),
        "data": json.loads(event.data),
    }
    return json.dumps(body, separators=(",", ":"))


def abandon(*, endpoint_id: int, error: str, now: datetime) -> int:
    """End what waits to be delivered to an endpoint; returns how many. Tests are sent all the same.

    A worker that is sending one loses its lease, so its outcome does not count.
    """
    waiting = Delivery.objects.filter(QUEUE.open, endpoint_id=endpoint_id)
    return waiting.exclude(event=catalogue.TEST).update(
        status=DeliveryStatus.DEAD,
        ended_at=now,
        last_error=error,
        lease_token=None,
        lease_expires_at=None,
    )


def delivered(delivery: Delivery, response: Mapping[str, Any], *, now: datetime) -> None:
    """Complete a claimed delivery that the receiver accepted; `response` are columns that show it.

    Raises `LeaseLost`.
    """
    QUEUE.complete(delivery, status=DeliveryStatus.DELIVERED, ended_at=now, **response)


def failed(
    delivery: Delivery,
    response: Mapping[str, Any],
    *,
    error: str,
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
        **response,
    )


def redeliver(
    *, user_id: int, public_id: str, now: datetime, hidden: Sequence[str] = ()
) -> Delivery:
    """Send an event of this user again, with all its attempts.

    Raises `NotFound` for what `queries.delivery` does not show: `hidden` events, and what goes to
    a partner application.
    """
    delivery = queries.delivery(user_id=user_id, public_id=public_id, hidden=hidden)
    replay(delivery_ids=[delivery.pk], now=now)
    delivery.refresh_from_db()
    return delivery


def replay(*, delivery_ids: list[int], now: datetime) -> int:
    """Make deliveries due now, as if they were new; returns how many.

    They go to the address that their endpoint has now. A worker that is sending one loses its
    lease, so its outcome does not count.
    """
    current = Endpoint.objects.filter(pk=OuterRef("endpoint_id")).values("url")
    rows = Delivery.objects.filter(pk__in=delivery_ids, endpoint__isnull=False)
    rows.update(url=Subquery(current))
    count = QUEUE.replay(Delivery.objects.filter(pk__in=delivery_ids), now=now)
    QUEUE.dispatch()
    return count


def purge(*, now: datetime) -> int:
    """Delete deliveries that ended long ago; returns how many."""
    old = Delivery.objects.filter(ended_at__lt=now - KEPT).values("pk")[:_PURGE]
    return Delivery.objects.filter(pk__in=old).delete()[0]


def _destination(user_id: int, url: str) -> str:
    """Names the host that an account has called, in a form that fits the column."""
    target = target_of(url)
    return hashlib.sha256(f"{user_id} {target.host}:{target.port}".encode()).hexdigest()
