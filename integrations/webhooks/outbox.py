"""The rows that are deliveries on their way: written once, claimed, and ended."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from common.http.errors import NotFound, timestamp
from integrations.webhooks import backoff
from integrations.webhooks.models import Delivery, DeliveryStatus

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=30)
_PURGE = 1000


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
    """Write an event down for delivery, once: for the same subject, event and address the row
    that is already there is returned.
    """
    body = {"type": event, "timestamp": timestamp(now), "data": data}
    delivery, _ = Delivery.objects.get_or_create(
        user_id=user_id,
        event=event,
        subject=subject,
        url=url,
        defaults={
            "body": json.dumps(body, separators=(",", ":")),
            "request_id": request_id,
            "next_attempt_at": now,
            "created_at": now,
        },
    )
    return delivery


@transaction.atomic
def claim(*, limit: int, now: datetime) -> list[Delivery]:
    """Up to `limit` deliveries that are due, each leased and with its attempt counted."""
    due = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_attempt_at__lte=now)
    # An attempt whose worker died counts too; the last one may have been such.
    due.filter(attempts__gte=backoff.MAX_ATTEMPTS).update(
        status=DeliveryStatus.DEAD, ended_at=now, error="The last attempt did not end"
    )
    rows = list(due.order_by("next_attempt_at").select_for_update(skip_locked=True)[:limit])
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE
    )
    for row in rows:
        row.attempts += 1
    return rows


def delivered(delivery: Delivery, *, status: int, excerpt: str, now: datetime) -> None:
    _write(
        delivery,
        status=DeliveryStatus.DELIVERED,
        response_status=status,
        response_excerpt=excerpt,
        error="",
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
    """Note a failure; the delivery is tried again unless `final` or its attempts are used up."""
    over = final or delivery.attempts >= backoff.MAX_ATTEMPTS
    _write(
        delivery,
        status=DeliveryStatus.DEAD if over else DeliveryStatus.PENDING,
        response_status=status,
        response_excerpt=excerpt,
        error=error[:300],
        ended_at=now if over else None,
        next_attempt_at=now + backoff.pause(attempts=delivery.attempts, wished_s=wished_s),
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
    """Make deliveries due now, as if they were new; returns how many."""
    return Delivery.objects.filter(pk__in=delivery_ids).update(
        status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=now, ended_at=None
    )


def forget(*, user_id: int, subject: str) -> None:
    """Delete what was or is to be said about something that has been erased."""
    Delivery.objects.filter(user_id=user_id, subject=subject).delete()


def purge(*, now: datetime) -> int:
    """Forget deliveries that ended long ago; returns how many."""
    old = Delivery.objects.filter(ended_at__lt=now - KEPT).values("pk")[:_PURGE]
    return Delivery.objects.filter(pk__in=old).delete()[0]


def _write(delivery: Delivery, **changes: Any) -> None:
    """Unless another attempt, a replay or a purge came in between."""
    Delivery.objects.filter(
        pk=delivery.pk, status=DeliveryStatus.PENDING, attempts=delivery.attempts
    ).update(**changes)
