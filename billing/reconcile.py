"""Hourly reconciliation with Stripe, for webhooks that never arrived."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet

from billing.models import CreditOrder, Reconciliation, StripeEvent, Subscription
from billing.packs import services as packs
from billing.packs.payments import Mismatch
from billing.stripe import gateway, idempotent_calls
from billing.stripe.errors import NoSuchObject, StripeRefused
from billing.stripe.types import RemoteInvoice
from billing.subscriptions import payments, queries, sync
from billing.subscriptions.sync import NotOurs
from billing.webhooks import intake
from billing.webhooks.handlers import HANDLERS

logger = logging.getLogger(__name__)

# The overlap of two runs: events of the moment in which the last run began may have been listed
# after it.
OVERLAP = timedelta(hours=1)
# Stripe keeps events for 30 days.
FURTHEST = timedelta(days=29)
FIRST_LOOK = timedelta(days=1)
UNSEEN_FOR = timedelta(days=1)
ORDER_OPEN_FOR = timedelta(hours=1)
EVENTS_KEPT = timedelta(days=180)
RUNS_KEPT = timedelta(days=30)
AT_ONCE = 500


@dataclass(frozen=True)
class Reconciled:
    """The number of events that had not arrived, and of objects that were fetched without an
    event.
    """

    missed_events: int
    subscriptions: int
    orders: int


def reconcile(*, now: datetime) -> Reconciled:
    """Fetch everything that was never delivered; repeating it is harmless.

    Raises `StripeUnavailable`; the next run then covers the same time again.
    """
    done = Reconciled(
        missed_events=_missed_events(now),
        subscriptions=_unseen_subscriptions(now),
        orders=_open_orders(now),
    )
    Reconciliation.objects.create(started_at=now, **asdict(done))
    if done != Reconciled(0, 0, 0):
        logger.info("reconciled with Stripe: %s", done)
    return done


def expire_grace(*, now: datetime) -> int:
    """End subscriptions whose payment is overdue beyond the grace period; returns how many."""
    return _each(queries.out_of_grace(), lambda row: _end_if_unpaid(row, now))


def end_ownerless(*, now: datetime) -> int:
    """End subscriptions of deleted users, so that they are not charged; returns how many."""
    return _each(queries.without_owner(), lambda row: _end_for_nobody(row, now))


def purge(*, now: datetime) -> None:
    """Delete finished calls and events that are too old to be needed."""
    idempotent_calls.purge(now=now)
    Reconciliation.objects.filter(started_at__lt=now - RUNS_KEPT).delete()
    StripeEvent.objects.filter(
        received_at__lt=now - EVENTS_KEPT, status__in=["done", "ignored"]
    ).delete()


def _each(rows: QuerySet[Subscription], end: Callable[[Subscription], bool]) -> int:
    """Apply `end` to each row. An error is logged and does not stop the others."""
    ended = 0
    for row in rows[:AT_ONCE]:
        try:
            ended += end(row)
        except NoSuchObject:
            # The comparison with Stripe ends this subscription when its month is over, and logs
            # that.
            continue
        except (NotOurs, StripeRefused):
            logger.exception("%s could not be ended", row.stripe_id)
    return ended


def _end_if_unpaid(row: Subscription, now: datetime) -> bool:
    """End an overdue subscription, unless the invoice was paid meanwhile."""
    payable = gateway.payable_invoices(row.stripe_id)
    # The user may have paid since the row was read.
    fresh = sync.refresh(stripe_id=row.stripe_id, now=now)
    if fresh.grace_until is None or fresh.grace_until != row.grace_until:
        return False
    key = f"grace-{row.stripe_id}-{fresh.grace_until.timestamp():.0f}"
    if not fresh.cancel_at_period_end:
        # Voiding the last open invoice may make Stripe treat the subscription as paid. With this
        # flag it still ends with its month if this process stops before it ends it.
        gateway.cancel_at_period_end(subscription_id=row.stripe_id, key=f"{key}-cancel")
    ends = _close(payable, key)
    if ends:
        gateway.end_subscription(subscription_id=row.stripe_id, key=key)
    elif not fresh.cancel_at_period_end:
        gateway.resume(gateway.subscription(row.stripe_id), key=f"{key}-resume")
    sync.refresh(stripe_id=row.stripe_id, now=now)
    return ends


def _end_for_nobody(row: Subscription, now: datetime) -> bool:
    """End a deleted user's subscription, even if an invoice was paid meanwhile: nobody can use
    it.
    """
    key = f"ownerless-{row.stripe_id}"
    _close(gateway.payable_invoices(row.stripe_id), key)
    gateway.end_subscription(subscription_id=row.stripe_id, key=key)
    sync.refresh(stripe_id=row.stripe_id, now=now)
    return True


def _close(payable: list[RemoteInvoice], key: str) -> bool:
    return payments.close(payable, key_for=lambda step: f"{key}-{step}")


def _missed_events(now: datetime) -> int:
    return sum(
        intake.store(event, source="reconciler", now=now)
        for event in gateway.events_since(_since(now))
        if event.object_type in HANDLERS
    )


def _since(now: datetime) -> datetime:
    """The begin of the last complete run. Later events prove nothing about earlier ones."""
    last = Reconciliation.objects.aggregate(at=Max("started_at"))["at"]
    return max(last - OVERLAP, now - FURTHEST) if last else now - FIRST_LOOK


def _unseen_subscriptions(now: datetime) -> int:
    looked_at = 0
    for row in queries.not_seen_since(now - UNSEEN_FOR)[:AT_ONCE]:
        _look_at(row, now)
        looked_at += 1
    return looked_at


def _look_at(row: Subscription, now: datetime) -> None:
    try:
        sync.refresh(stripe_id=row.stripe_id, now=now)
    except NoSuchObject:
        sync.end_unknown(stripe_id=row.stripe_id, now=now)
    except (NotOurs, StripeRefused) as error:
        logger.warning("%s could not be fetched: %s", row.stripe_id, error)


def _open_orders(now: datetime) -> int:
    looked_at = 0
    waiting = CreditOrder.objects.filter(
        paid_at__isnull=True, closed_at__isnull=True, created_at__lt=now - ORDER_OPEN_FOR
    )
    for order in waiting.exclude(checkout_session="").order_by("-pk")[:AT_ONCE]:
        with suppress(Mismatch, StripeRefused):
            packs.refresh_session(session_id=order.checkout_session, now=now)
        looked_at += 1
    return looked_at
