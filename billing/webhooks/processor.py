"""Working off stored events. The rows are the queue; any number of workers may do it at once."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from billing.models import StripeEvent
from billing.packs.payments import Mismatch
from billing.stripe.errors import NoSuchObject, StripeRefused
from billing.subscriptions.sync import NotOurs
from billing.webhooks import dispatch
from billing.webhooks.handlers import handler_for
from billing.webhooks.models import EventStatus
from common.http.errors import ServiceUnavailable
from common.observability.metrics import counter

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
MAX_ATTEMPTS = 12
# Longer than the slowest attempt, so that nobody takes an event that is being worked on.
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
AT_ONCE = 200

EVENTS = counter("stripe_events_total", "Stripe events that were worked off", ["status"])


def run(*, clock: Clock = timezone.now) -> int:
    """Work off what is due, up to `AT_ONCE`; returns how many events were taken.

    Stops early when Stripe does not answer: the next one would not get an answer either.
    """
    taken = 0
    while taken < AT_ONCE and (event := _claim(clock())):
        taken += 1
        if not process(event, clock=clock):
            break
    return taken


def process(event: StripeEvent, *, clock: Clock = timezone.now) -> bool:
    """Bring one claimed event to an end, or put it off; False when Stripe does not answer.

    Never raises.
    """
    handle = handler_for(event.object_type, event.object_id)
    if handle is None:
        return _end(event, EventStatus.IGNORED, "", clock())
    try:
        handle(event.object_id, clock())
    except NotOurs as reason:
        return _end(event, EventStatus.IGNORED, str(reason), clock())
    except NoSuchObject as error:
        # A draft that was thrown away, say, is rightly gone.
        gone = event.type.endswith(".deleted")
        status = EventStatus.IGNORED if gone else EventStatus.FAILED
        return _end(event, status, f"NoSuchObject: {error}", clock())
    except (Mismatch, StripeRefused) as error:
        logger.error("%s %s: %s", event.type, event.stripe_id, error)
        return _end(event, EventStatus.FAILED, f"{type(error).__name__}: {error}", clock())
    except Exception as error:
        away = isinstance(error, ServiceUnavailable)
        level = logging.WARNING if away else logging.ERROR
        logger.log(level, "no success with %s", event.stripe_id, exc_info=error)
        later = _wait if away else _put_off
        later(event, f"{type(error).__name__}: {error}", clock())
        return not away
    return _end(event, EventStatus.DONE, "", clock())


def replay(*, event_id: int, now: datetime) -> bool:
    """Work an event off once more, whatever became of it; False when there is none."""
    found = StripeEvent.objects.filter(pk=event_id).update(
        status=EventStatus.PENDING, attempts=0, next_attempt_at=now, error=""
    )
    transaction.on_commit(dispatch.ring, robust=True)
    return bool(found)


@transaction.atomic
def _claim(now: datetime) -> StripeEvent | None:
    due = StripeEvent.objects.filter(status=EventStatus.PENDING, next_attempt_at__lte=now)
    event = due.select_for_update(skip_locked=True).order_by("next_attempt_at").first()
    if event is not None:
        event.attempts += 1
        event.next_attempt_at = now + LEASE
        event.save(update_fields=["attempts", "next_attempt_at"])
    return event


def _end(event: StripeEvent, status: EventStatus, error: str, now: datetime) -> bool:
    EVENTS.labels(status).inc()
    StripeEvent.objects.filter(pk=event.pk).update(
        status=status, error=error[:2000], processed_at=now
    )
    return True


def _put_off(event: StripeEvent, error: str, now: datetime) -> None:
    if event.attempts >= MAX_ATTEMPTS:
        _end(event, EventStatus.FAILED, error, now)
        return
    wait = min(FIRST_WAIT * 2 ** (event.attempts - 1), LONGEST_WAIT)
    StripeEvent.objects.filter(pk=event.pk).update(next_attempt_at=now + wait, error=error[:2000])


def _wait(event: StripeEvent, error: str, now: datetime) -> None:
    """As long again as the event has waited; no outage is its fault, so no attempt is counted."""
    wait = min(max(FIRST_WAIT, now - event.received_at), LONGEST_WAIT)
    StripeEvent.objects.filter(pk=event.pk).update(
        attempts=event.attempts - 1, next_attempt_at=now + wait, error=error[:2000]
    )
