"""Reads of the event queue, for operators and metrics."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from billing.models import StripeEvent
from billing.models.events import EventStatus
from common.observability import metrics

STUCK_AFTER = timedelta(hours=1)


def failed_events() -> int:
    """Failed events, which need an operator."""
    return _count(EventStatus.FAILED)


def stuck_events(*, now: datetime) -> int:
    """Events that have waited for long: for Stripe, for a working key, or for a worker."""
    pending = StripeEvent.objects.filter(status=EventStatus.PENDING)
    return pending.filter(received_at__lt=now - STUCK_AFTER).count()


def _count(status: EventStatus) -> int:
    return StripeEvent.objects.filter(status=status).count()


def _unfinished() -> Mapping[str, float]:
    """Unprocessed events; both states have a partial index, so counting is fast."""
    return {str(status): _count(status) for status in (EventStatus.PENDING, EventStatus.FAILED)}


metrics.reading(
    "stripe_events", "Stripe events that wait for a worker or an operator", "status", _unfinished
)
