"""Services of subscriptions: subscribe, change the plan, cancel, resume.

Stripe decides about charges and refusals; our row only copies Stripe's object (`sync`). All changes
of one user happen one after the other (`calls.intent`), and a request that is repeated after a lost
answer gets the first one's outcome.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from billing import catalogue
from billing.customers import services as customers
from billing.models import Subscription
from billing.models.subscriptions import Status
from billing.plans import PLANS, Plan, PlanName
from billing.stripe import gateway, idempotent_calls, money
from billing.stripe.errors import PaymentActionRequired, PaymentFailed
from billing.stripe.idempotent_calls import Intent
from billing.stripe.types import RemoteCustomer, RemoteInvoice
from billing.subscriptions import changes, checkout, payments, queries, sync
from billing.subscriptions.errors import (
    AlreadyCancelled,
    AlreadySubscribed,
    NoSubscription,
    NotCancelled,
    SubscriptionExpired,
)
from common.http.errors import MissingRequiredField
from common.users import UserRef


@dataclass(frozen=True)
class Subscribed:
    """A subscription after the change, and the charge for it in whole rupiah."""

    subscription: Subscription
    charged_idr: int


def subscribe(*, user: UserRef, plan: str, card_id: str | None, now: datetime) -> Subscribed:
    """Subscribe to a plan, change to it, or pay its overdue invoice.

    `card_id` is a payment method of Stripe; None means the default card. Raises
    `MissingRequiredField` and `StripeRefused` (400), `PaymentFailed` and `PaymentActionRequired`
    (402), `AlreadySubscribed`, `ResumeFirst`, `PaymentOverdue`, `QuotaAlreadyUsed` and
    `StripeConflict` (409), and `StripeUnavailable` (503). After any of these errors the user's plan
    is unchanged.
    """
    wanted = PLANS[PlanName(plan)]
    with _intent(user, "subscribe", {"plan": plan, "card": card_id or ""}, now) as intent:
        dropped = _drop_unpaid_attempts(user, intent, now)
        current = queries.current(user_id=user.pk)
        if current is None:
            return _subscribe_anew(user, wanted, card_id, intent, dropped=dropped, now=now)
        return _change(current, wanted, card_id, intent, user=user, now=now)


def cancel(*, user: UserRef, now: datetime) -> Subscription:
    """End the subscription with the paid month, or at once when nothing is paid.

    Overdue invoices can then no longer be paid. Raises `StripeRefused` (400), `NoSubscription`
    (404), `AlreadyCancelled` and `StripeConflict` (409) and `StripeUnavailable` (503).
    """
    with _intent(user, "cancel", {}, now) as intent:
        row = queries.current(user_id=user.pk)
        if row is None:
            ended = queries.latest(user_id=user.pk) if intent.repeated else None
            if ended is None:
                raise NoSubscription()
            return ended
        if row.cancel_at_period_end and row.status == Status.ACTIVE:
            if intent.repeated:
                return row
            raise AlreadyCancelled(row.period_end)
        return _stop(row, intent, now)


def resume(*, user: UserRef, now: datetime) -> Subscription:
    """Undo a cancellation while the paid month lasts.

    Raises `NoSubscription` (404), `NotCancelled`, `SubscriptionExpired` and `StripeConflict` (409),
    and `StripeUnavailable` (503).
    """
    with _intent(user, "resume", {}, now) as intent:
        row = queries.current(user_id=user.pk)
        if row is None:
            raise _why_nothing_to_resume(user)
        if not row.cancel_at_period_end:
            if intent.repeated:
                return row
            raise NotCancelled()
        gateway.resume(gateway.subscription(row.stripe_id), key=intent.key_for("resume"))
        return sync.refresh(stripe_id=row.stripe_id, now=now)


@contextmanager
def _intent(user: UserRef, action: str, body: dict[str, str], now: datetime) -> Iterator[Intent]:
    with idempotent_calls.intent(
        subject=customers.subject(user), action=action, body=body, now=now
    ) as intent:
        if intent.resumed:
            # The answer to the last change was lost, so Stripe is asked for the current state.
            sync.refresh_all(user_id=user.pk, now=now)
        yield intent


def _subscribe_anew(
    user: UserRef, wanted: Plan, card_id: str | None, intent: Intent, *, dropped: str, now: datetime
) -> Subscribed:
    # Nobody shall subscribe a second time on a page that was left open.
    checkout.close(user=user, intent=intent)
    customer = customers.ensure(user=user, intent=intent, now=now)
    card = _card(customer, card_id, intent)
    price = catalogue.sync(catalogue.of_plan(wanted))
    remote = gateway.create_subscription(
        customer_id=customer.id,
        price_id=price.price_id,
        card_id=card,
        user=user.public_id,
        # Under the same key Stripe would answer with the attempt that was just dropped.
        key=intent.key_for(f"subscribe{dropped}"),
    )
    row = sync.refresh(stripe_id=remote.id, now=now)
    if row.status == Status.INCOMPLETE:
        try:
            payments.demand(remote.latest_invoice, intent=intent)
        except PaymentFailed:
            _end(row, intent, now)
            raise
        except PaymentActionRequired:
            # After the bank's confirmation no request of ours follows, so the card is stored now.
            customers.prefer(customer_id=customer.id, card_id=card, intent=intent)
            raise
    customers.prefer(customer_id=customer.id, card_id=card, intent=intent)
    return Subscribed(row, _charged(remote.latest_invoice))


def _change(
    row: Subscription,
    wanted: Plan,
    card_id: str | None,
    intent: Intent,
    *,
    user: UserRef,
    now: datetime,
) -> Subscribed:
    if row.plan != wanted.name:
        changes.check(row, wanted, user_id=user.pk)
        paid = changes.change(row, wanted, card_id, intent)
    elif row.status != Status.ACTIVE:
        paid = changes.pay_overdue(row, card_id, intent)
    elif intent.repeated:
        paid = gateway.invoice(row.latest_invoice) if row.latest_invoice else None
    else:
        raise AlreadySubscribed(row.plan, cancelling=row.cancel_at_period_end)
    return Subscribed(sync.refresh(stripe_id=row.stripe_id, now=now), _charged(paid))


def _stop(row: Subscription, intent: Intent, now: datetime) -> Subscription:
    """End the subscription with the paid month, which only Stripe knows for certain, or at once
    when none is paid.
    """
    payable: list[RemoteInvoice] = []
    if row.status != Status.ACTIVE:
        payable = gateway.payable_invoices(row.stripe_id)
        row = sync.refresh(stripe_id=row.stripe_id, now=now)
    if row.ended_at:
        return row
    if not row.cancel_at_period_end:
        # Voiding the last open invoice may make Stripe treat the subscription as paid. With this
        # flag it still ends with its month if this process stops before it ends it.
        gateway.cancel_at_period_end(subscription_id=row.stripe_id, key=intent.key_for("cancel"))
    if row.status != Status.ACTIVE and payments.close(payable, key_for=intent.key_for):
        gateway.end_subscription(subscription_id=row.stripe_id, key=intent.key_for("end"))
    return sync.refresh(stripe_id=row.stripe_id, now=now)


def _card(customer: RemoteCustomer, card_id: str | None, intent: Intent) -> str:
    if card_id:
        return customers.attach(customer_id=customer.id, card_id=card_id, intent=intent).id
    known = customer.default_payment_method
    if known is None:
        raise MissingRequiredField(
            "Required field is missing: paymentMethodId", details={"missing": ["paymentMethodId"]}
        )
    return known


def _drop_unpaid_attempts(user: UserRef, intent: Intent, now: datetime) -> str:
    """End earlier attempts that were never paid; one that was paid meanwhile stays.

    Returns the ids of the ended ones.
    """
    dropped = []
    for attempt in queries.unpaid_attempts(user_id=user.pk):
        row = sync.refresh(stripe_id=attempt.stripe_id, now=now)
        if row.status == Status.INCOMPLETE:
            payments.drop(row.latest_invoice, intent=intent)
            _end(row, intent, now)
            dropped.append(f"-{row.stripe_id}")
    return "".join(dropped)


def _end(row: Subscription, intent: Intent, now: datetime) -> None:
    """End a subscription that was never paid; voiding its invoice may have ended it already."""
    if sync.refresh(stripe_id=row.stripe_id, now=now).status == Status.INCOMPLETE:
        gateway.end_subscription(
            subscription_id=row.stripe_id, key=intent.key_for(f"end-{row.stripe_id}")
        )
        sync.refresh(stripe_id=row.stripe_id, now=now)


def _why_nothing_to_resume(user: UserRef) -> NoSubscription | SubscriptionExpired:
    last = queries.latest_begun(user_id=user.pk)
    return SubscriptionExpired(last.ended_at or last.period_end) if last else NoSubscription()


def _charged(invoice: RemoteInvoice | None) -> int:
    return money.to_rupiah(invoice.amount_paid) if invoice else 0
