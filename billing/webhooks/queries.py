"""Reads of the event queue, for operators and metrics."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from billing.models import StripeEvent
from billing.models.events import EventStatus
from common.observability import metrics

STUCK_AFTER = timedelta(hours=1)


def failed_events() -> int:
    """Events that were given up and wait for a person."""
    return _count(EventStatus.FAILED)


def stuck_events(*, now: datetime) -> int:
    """Events that came long ago and still wait: for Stripe, a key that it takes, or a worker."""
    pending = StripeEvent.objects.filter(status=EventStatus.PENDING)
    return pending.filter(received_at__lt=now - STUCK_AFTER).count()


def _count(status: EventStatus) -> int:
    return StripeEvent.objects.filter(status=status).count()


def _unfinished() -> Mapping[str, float]:
    """Both states have an index of their own, so counting takes no time."""
    return {str(status): _count(status) for status in (EventStatus.PENDING, EventStatus.FAILED)}


metrics.reading(
    "stripe_events", "Stripe events that wait for a worker or a person", "status", _unfinished
)
