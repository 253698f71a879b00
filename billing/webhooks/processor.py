"""Processing of stored events; any number of workers may run it at once."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from billing.models import StripeEvent
from billing.models.events import EventStatus
from billing.packs.payments import Mismatch
from billing.stripe.errors import NoSuchObject, StripeRefused
from billing.subscriptions.sync import NotOurs
from billing.webhooks.handlers import handler_for
from billing.webhooks.queue import FIRST_WAIT, LONGEST_WAIT, MAX_ATTEMPTS, QUEUE
from common.http.errors import ServiceUnavailable
from common.observability.metrics import counter
from common.workqueue import LeaseLost

__all__ = ["MAX_ATTEMPTS", "process", "replay", "run", "sweep"]

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
AT_ONCE = 200

EVENTS = counter("stripe_events_total", "Stripe events that were processed", ["status"])


def run(*, clock: Clock = timezone.now) -> int:
    """Process the events that are due, up to `AT_ONCE`; returns how many were claimed.

    It stops early when Stripe does not answer, because the next event would get no answer either.
    """
    taken = 0
    while taken < AT_ONCE and (events := QUEUE.claim(now=clock())):
        taken += 1
        if not process(events[0], clock=clock):
            break
    return taken


def process(event: StripeEvent, *, clock: Clock = timezone.now) -> bool:
    """Complete or postpone one claimed event; returns False when Stripe does not answer.

    It never raises. The outcome is dropped when the lease is lost meanwhile: an event only causes
    its object's current state to be stored, so processing it twice does no harm.
    """
    try:
        return _process(event, clock)
    except LeaseLost:
        logger.warning(
            "lease of event %s lost: another worker or an operator took it", event.stripe_id
        )
        return True


def replay(*, event_id: int, now: datetime) -> bool:
    """Queue an event again, in whatever state it is; returns False when there is none.

    A worker that is processing the event loses its lease, so its outcome does not count.
    """
    found = QUEUE.replay(StripeEvent.objects.filter(pk=event_id), now=now)
    QUEUE.dispatch()
    return bool(found)


def sweep(*, now: datetime) -> None:
    """Fail events whose last attempt never ended, and dispatch those whose message was lost."""
    EVENTS.labels(EventStatus.FAILED).inc(QUEUE.sweep(now=now).given_up)


def _process(event: StripeEvent, clock: Clock) -> bool:
    handle = handler_for(event.object_type, event.object_id)
    try:
        if handle is not None:
            handle(event.object_id, clock())
    except NotOurs as reason:
        _end(event, EventStatus.IGNORED, str(reason), clock())
    except NoSuchObject as error:
        # A missing object is no error for some types, such as a deleted draft.
        if event.type.endswith(".deleted"):
            _end(event, EventStatus.IGNORED, _said(error), clock())
        else:
            _fail(event, error, clock(), final=True)
    except (Mismatch, StripeRefused) as error:
        logger.error("%s %s: %s", event.type, event.stripe_id, error)
        _fail(event, error, clock(), final=True)
    except ServiceUnavailable as error:
        logger.warning("event %s failed", event.stripe_id, exc_info=error)
        _postpone(event, error, clock())
        return False
    except Exception as error:
        logger.exception("event %s failed", event.stripe_id)
        _fail(event, error, clock())
    else:
        _end(event, EventStatus.DONE if handle else EventStatus.IGNORED, "", clock())
    return True


def _end(event: StripeEvent, status: EventStatus, remark: str, now: datetime) -> None:
    QUEUE.complete(event, status=status, last_error=remark[:2000], processed_at=now)
    EVENTS.labels(status).inc()


def _fail(event: StripeEvent, error: Exception, now: datetime, *, final: bool = False) -> None:
    if QUEUE.fail(event, error=_said(error), now=now, final=final):
        EVENTS.labels(EventStatus.FAILED).inc()


def _postpone(event: StripeEvent, error: Exception, now: datetime) -> None:
    """Postpone for as long again as the event has waited; an outage of Stripe counts no attempt."""
    wait = min(max(FIRST_WAIT, now - event.received_at), LONGEST_WAIT)
    QUEUE.postpone(event, until=now + wait, error=_said(error))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
