"""Plan changes of a running subscription, and payment of overdue invoices.

A dearer plan is charged for the rest of the month at once and begins when that is paid. A cheaper
one begins at once; the overpaid amount is deducted from the next invoice, and is not refunded when
the plan ends before there is one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from billing import catalogue
from billing.customers import services as customers
from billing.models import Subscription
from billing.models.subscriptions import Status
from billing.plans import Plan
from billing.quotas import services as quotas
from billing.stripe import gateway
from billing.stripe.errors import PaymentActionRequired, PaymentFailed
from billing.stripe.idempotent_calls import Intent
from billing.stripe.types import RemoteInvoice, RemoteSubscription
from billing.subscriptions import payments
from billing.subscriptions.errors import PaymentOverdue, QuotaAlreadyUsed, ResumeFirst


def check(row: Subscription, wanted: Plan, *, user_id: int) -> None:
    """Check that the plan may change; raises `PaymentOverdue`, `ResumeFirst` and `QuotaAlreadyUsed`
    (409).
    """
    if row.status != Status.ACTIVE:
        raise PaymentOverdue(row.plan)
    if row.cancel_at_period_end:
        raise ResumeFirst(row.plan)
    usage = quotas.usage(user_id=user_id)
    if usage.used > wanted.daily_quota:
        raise QuotaAlreadyUsed(wanted, usage)


def change(
    row: Subscription, wanted: Plan, card_id: str | None, intent: Intent
) -> RemoteInvoice | None:
    """Change to `wanted`; returns the invoice that was paid for it, if any.

    Raises `PaymentFailed` and `PaymentActionRequired` (402), and then the plan is unchanged.
    """
    remote = gateway.subscription(row.stripe_id)
    step = "change"
    if remote.pending_update and remote.latest_invoice:
        payments.drop(remote.latest_invoice.id, intent=intent)
        # Under the same key Stripe would answer with the change that was just dropped.
        step = f"change-{remote.latest_invoice.id}"
    dearer = wanted.monthly_price_idr > row.monthly_price_idr
    price = catalogue.sync(catalogue.of_plan(wanted))
    with _paying_by(card_id, remote, intent):
        changed = gateway.change_price(
            subscription_id=remote.id,
            item=remote.item,
            price_id=price.price_id,
            charge_now=dearer,
            key=intent.key_for(step),
        )
        if changed.pending_update:
            payments.demand(changed.latest_invoice, intent=intent)
    before = remote.latest_invoice.id if remote.latest_invoice else None
    latest = changed.latest_invoice
    return latest if latest and latest.id != before else None


def pay_overdue(row: Subscription, card_id: str | None, intent: Intent) -> RemoteInvoice | None:
    """Pay the invoice that is overdue. Raises `PaymentFailed` and `PaymentActionRequired` (402)."""
    remote = gateway.subscription(row.stripe_id)
    invoice = remote.latest_invoice
    if invoice is None or invoice.status != "open":
        return None
    with _paying_by(card_id, remote, intent) as card:
        try:
            paid = gateway.pay_invoice(
                invoice_id=invoice.id, card_id=card, key=intent.key_for("pay")
            )
        except PaymentActionRequired:
            paid = gateway.invoice(invoice.id)
        if paid.status != "paid":
            raise payments.confirmation(paid)
    return paid


@contextmanager
def _paying_by(
    card_id: str | None, remote: RemoteSubscription, intent: Intent
) -> Iterator[str | None]:
    """Context manager: the subscription is paid by this card, and by the earlier one again if it is
    declined.
    """
    if card_id is None:
        yield remote.card
        return
    card = customers.attach(customer_id=remote.customer, card_id=card_id, intent=intent)
    gateway.set_subscription_card(
        subscription_id=remote.id, card_id=card.id, key=intent.key_for("card")
    )
    try:
        yield card.id
    except PaymentFailed:
        if remote.card:
            gateway.set_subscription_card(
                subscription_id=remote.id, card_id=remote.card, key=intent.key_for("card-back")
            )
        raise
    except PaymentActionRequired:
        customers.prefer(customer_id=remote.customer, card_id=card.id, intent=intent)
        raise
    customers.prefer(customer_id=remote.customer, card_id=card.id, intent=intent)
