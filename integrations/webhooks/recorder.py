"""Recorder of events: one row for each, written in the transaction of what it reports."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.models import Delivery, Endpoint, Event
from integrations.webhooks import catalogue, outbox

KEPT = timedelta(days=30)
_PURGE = 1000


def record(
    *,
    user_id: int,
    event: str,
    key: str,
    subject: str,
    data: Mapping[str, Any],
    now: datetime,
    request_id: str = "",
    url: str = "",
) -> None:
    """Write an event down; a second one of the account under the same `key` is none.

    It is numbered and delivered after the commit (`relay`). `url` is the address that came with the
    job or batch, which gets it besides the endpoints.
    """
    row = Event(
        user_id=user_id,
        type=event,
        key=key,
        subject=subject,
        url=url,
        data=json.dumps(data, separators=(",", ":")),
        request_id=request_id,
        created_at=now,
    )
    Event.objects.bulk_create([row], ignore_conflicts=True)
    outbox.QUEUE.dispatch()


def is_wanted(*, user_id: int, url: str = "") -> bool:
    """True if events of the account are recorded: it has an endpoint, active or not, or there is
    an address to post to.
    """
    return bool(url) or Endpoint.objects.filter(user_id=user_id).exists()


def is_awaited(event: str, *, user_id: int) -> bool:
    """True if an active endpoint has chosen the event."""
    active = Endpoint.objects.filter(user_id=user_id, active=True)
    return any(
        catalogue.matches(events, event) for events in active.values_list("events", flat=True)
    )


def forget(*, user_id: int, subjects: Sequence[str]) -> None:
    """Delete what is kept of erased subjects.

    Events first: a relay that is delivering one holds its row, so its deliveries are seen below.
    """
    Event.objects.filter(user_id=user_id, subject__in=subjects).delete()
    Delivery.objects.filter(user_id=user_id, subject__in=subjects).delete()


def purge(*, now: datetime) -> int:
    """Delete events that are past their retention; returns how many."""
    old = Event.objects.filter(created_at__lt=now - KEPT).values("pk")[:_PURGE]
    return Event.objects.filter(pk__in=old).delete()[0]
