"""The billing part of an account's erasure; the ledger stays, pseudonymised.

Ledger, orders, invoices and subscriptions are kept for a user without a name, because the law
requires it. At Stripe the customer is deleted with all cards; payments and invoices stay there, and
their refunds and disputes still find their account here.
"""

from contextlib import suppress
from datetime import datetime

from billing.customers import services as customers
from billing.models import CreditOrder, Customer, Invoice, SpendingCap, SubscriptionPage
from billing.models.mails import BillingMail
from billing.stripe import gateway, idempotent_calls
from billing.stripe.errors import NoSuchObject, StripeRefused
from billing.stripe.idempotent_calls import Intent
from billing.subscriptions import checkout, payments, sync
from billing.subscriptions.sync import NotOurs
from billing.webhooks import payloads
from common.users import UserRef


def erase(*, user: UserRef, now: datetime) -> bool:
    """A step of `common.account_erasure`. Raises the gateway's errors, and `StripeConflict`."""
    _leave_stripe(user, now)
    payments_made = _payments(user)
    for customer_id in customers.all_of(user_id=user.pk):
        payloads.redact(customer_id=customer_id, payment_intents=payments_made)
    CreditOrder.objects.filter(user_id=user.pk).update(checkout_url="")
    SpendingCap.objects.filter(account__user_id=user.pk).delete()
    SubscriptionPage.objects.filter(user_id=user.pk).delete()
    BillingMail.objects.filter(user_id=user.pk).delete()
    return True


def _leave_stripe(user: UserRef, now: datetime) -> None:
    left = [one for one in customers.all_of(user_id=user.pk) if not customers.is_deleted(one)]
    if not left:
        return
    subject = customers.subject(user)
    with idempotent_calls.intent(subject=subject, action="erase", body={}, now=now) as intent:
        for customer_id in left:
            # A customer that Stripe does not know has no data there.
            with suppress(NoSuchObject):
                _end_subscriptions(customer_id, intent, now)
        _close_pages(user, intent)
        checkout.close(user=user, intent=intent)
        for customer_id in left:
            with suppress(NoSuchObject):
                gateway.delete_customer(
                    customer_id=customer_id, key=intent.key_for(f"delete-{customer_id}")
                )
        Customer.objects.filter(stripe_id__in=left).update(deleted_at=now)


def _end_subscriptions(customer_id: str, intent: Intent, now: datetime) -> None:
    """End the subscriptions at once, instead of with the paid month; open invoices are not
    collected.
    """
    for running in gateway.subscriptions_of(customer_id):
        if running.ended_at is not None:
            continue
        for unpaid in gateway.payable_invoices(running.id):
            payments.drop(unpaid.id, intent=intent)
        with suppress(StripeRefused):
            # A subscription whose first invoice was never paid ends when that invoice is voided.
            gateway.end_subscription(
                subscription_id=running.id, key=intent.key_for(f"end-{running.id}")
            )
        with suppress(NotOurs):
            sync.refresh(stripe_id=running.id, now=now)


def _close_pages(user: UserRef, intent: Intent) -> None:
    """Expire open checkout pages, so that nobody pays for credits that nobody can use."""
    waiting = CreditOrder.objects.filter(
        user_id=user.pk, paid_at__isnull=True, closed_at__isnull=True
    )
    pages = waiting.exclude(checkout_session="").values_list("checkout_session", flat=True)
    for page in pages:
        # The page was paid or expired a moment ago; its event reports which.
        with suppress(StripeRefused):
            gateway.expire_checkout(session_id=page, key=intent.key_for(f"expire-{page}"))


def _payments(user: UserRef) -> list[str]:
    """The user's payments, by which disputes are found, since a dispute names no customer."""
    bought = CreditOrder.objects.filter(user_id=user.pk).exclude(payment_intent="")
    invoiced = Invoice.objects.filter(user_id=user.pk).exclude(payment_intent="")
    return [
        *bought.values_list("payment_intent", flat=True),
        *invoiced.values_list("payment_intent", flat=True),
    ]
