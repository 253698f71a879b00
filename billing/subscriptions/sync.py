"""Synchronisation of subscription rows with Stripe's current object; the order of events does not
matter, and no other module writes them.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from billing import events
from billing.customers import services as customers
from billing.mails import outbox
from billing.models import Subscription
from billing.models.subscriptions import LIVE, Status
from billing.plans import PLANS
from billing.stripe import fetch_sequence, gateway, money
from billing.stripe.errors import NoSuchObject
from billing.stripe.types import RemoteSubscription
from billing.subscriptions import payments

logger = logging.getLogger(__name__)


class NotOurs(Exception):
    """The subscription belongs to no user or plan of ours, so it is left alone."""


def refresh(*, stripe_id: str, now: datetime) -> Subscription:
    """Fetch a subscription and store its current state. Raises `NotOurs` and the gateway's errors.

    When it has ended, its open invoices are voided.
    """
    sequence = fetch_sequence.draw()
    remote = gateway.subscription(stripe_id)
    if remote.ended_at and _runs_here(stripe_id):
        # The invoices are voided before the end is stored: if this process stops in between, the
        # next run still finds the subscription running and repeats both.
        payments.close_rest(stripe_id, key=f"ended-{sequence}")
    return store(remote, sequence=sequence, now=now)


def refresh_all(*, user_id: int, now: datetime) -> None:
    """Fetch every subscription that Stripe has for the user. Raises the gateway's errors."""
    for customer_id in customers.all_of(user_id=user_id):
        # A customer that Stripe does not know has no subscriptions.
        with suppress(NoSuchObject):
            for found in gateway.subscriptions_of(customer_id):
                with suppress(NotOurs):
                    refresh(stripe_id=found.id, now=now)


def end_unknown(*, stripe_id: str, now: datetime) -> bool:
    """End a subscription that Stripe does not know, once its month is over; returns whether it
    ended.

    It belongs to another Stripe account or mode, or was deleted there with its test clock.
    """
    with transaction.atomic():
        running = Subscription.objects.filter(ended_at__isnull=True, period_end__lte=now)
        row = running.select_for_update().filter(stripe_id=stripe_id).first()
        if row is None:
            return False
        before, shown = (row.status, row.cancel_at_period_end), events.shown(row)
        row.status, row.grace_until, row.ended_at = Status.CANCELED, None, now
        row.sequence, row.fetched_at = fetch_sequence.draw(), now
        row.save()
        _notify(row, before, now)
        events.subscription_stored(row, shown, now=now)
    logger.error("Stripe does not know %s, and its paid month is over: marked as ended", stripe_id)
    return True


def store(remote: RemoteSubscription, *, sequence: int, now: datetime) -> Subscription:
    """Store an object fetched under `sequence`, unless one with a later number is stored."""
    user_id = customers.user_of(remote.customer)
    if user_id is None and not _is_known(remote):
        raise NotOurs(f"customer {remote.customer} is not known here")
    with transaction.atomic():
        values = {"user_id": user_id, "sequence": sequence, **_values(remote), **_sold(remote)}
        row, created = Subscription.objects.select_for_update().get_or_create(
            stripe_id=remote.id, defaults=values
        )
        if not created and row.sequence >= sequence:
            return row
        before = None if created else (row.status, row.cancel_at_period_end)
        shown = None if created else events.shown(row)
        for name, value in values.items():
            setattr(row, name, value)
        row.began = row.began or _has_begun(remote)
        row.fetched_at = now
        row.save()
        _notify(row, before, now)
        events.subscription_stored(row, shown, now=now)
    return row


def _sold(remote: RemoteSubscription) -> dict[str, Any]:
    """The plan and price; None, so that both stay, when the price was set by hand at Stripe.

    Raises `NotOurs` for a subscription that was never one of ours.
    """
    if remote.plan in PLANS and remote.price.currency == money.CURRENCY:
        return {
            "plan": remote.plan,
            "monthly_price_idr": money.to_rupiah(remote.price.unit_amount),
        }
    if not _is_known(remote):
        raise NotOurs(f"price {remote.price.id} in {remote.price.currency} is of no plan of ours")
    return {}


def _is_known(remote: RemoteSubscription) -> bool:
    return Subscription.objects.filter(stripe_id=remote.id).exists()


def _runs_here(stripe_id: str) -> bool:
    return Subscription.objects.filter(stripe_id=stripe_id, status__in=LIVE).exists()


def _values(remote: RemoteSubscription) -> dict[str, Any]:
    latest = remote.latest_invoice
    return {
        "item_id": remote.item,
        "status": remote.status,
        "cancel_at_period_end": remote.cancel_at_period_end,
        "subscribed_at": remote.started_at,
        "period_start": remote.period_start,
        "period_end": remote.period_end,
        "grace_until": _grace(remote),
        "ended_at": remote.ended_at,
        "latest_invoice": latest.id if latest else "",
    }


def _has_begun(remote: RemoteSubscription) -> bool:
    """Return whether the subscription was ever paid; the state of an ended one no longer tells."""
    latest = remote.latest_invoice
    return remote.status in LIVE or bool(latest and latest.status == "paid")


def _grace(remote: RemoteSubscription) -> datetime | None:
    """The end of the grace period, counted from the creation of the unpaid invoice."""
    if remote.status != Status.PAST_DUE:
        return None
    latest = remote.latest_invoice
    since = latest.created_at if latest else remote.period_start
    return since + timedelta(days=settings.SUBSCRIPTION_GRACE_DAYS)


def _notify(row: Subscription, before: tuple[str, bool] | None, now: datetime) -> None:
    if row.user_id is None or before is None:
        return
    status, cancelling = before
    if row.status == Status.CANCELED and status not in (Status.CANCELED, Status.INCOMPLETE):
        outbox.subscription_ended(subscription=row, now=now)
    elif _runs_out(row.status, row.cancel_at_period_end) and not _runs_out(status, cancelling):
        outbox.cancellation(subscription=row, now=now)


def _runs_out(status: str, cancelling: bool) -> bool:
    """Return whether it ends with the paid month. An overdue subscription may end at any moment."""
    return cancelling and status in (Status.ACTIVE, Status.TRIALING)
