"""Mails about money, each sent once, through `common.mail.outbox`.

Their contexts hold facts, which `billing.mails.kinds` puts into words in the reader's language. The
same in English words beside them is for workers of the previous release, in a rolling upgrade.
"""

from datetime import datetime
from typing import Any

from billing.mails import legacy
from billing.mails.kinds import KINDS
from billing.models.mails import MailKind
from billing.stripe import money
from common.http.errors import timestamp
from common.mail import outbox

Context = dict[str, Any]


def credits_receipt(*, order: Any, now: datetime) -> None:
    """The receipt of a `CreditOrder` that was paid."""
    context = {
        "what": f"{order.credits} credits ({order.pack_name})",
        "credits": order.credits,
        "pack": order.pack_name,
        **_amount(order.amount_idr),
        "number": order.public_id,
        "date": _day(now),
        "dated": timestamp(now),
    }
    _write(MailKind.RECEIPT, f"receipt:{order.payment_intent}", order.user_id, context, now)


def invoice_receipt(*, invoice: Any, now: datetime) -> None:
    """The receipt of an `Invoice` of a subscription that was paid."""
    _write(MailKind.RECEIPT, f"receipt:{invoice.stripe_id}", invoice.user_id, _bill(invoice), now)


def payment_failed(*, invoice: Any, now: datetime) -> None:
    """Queue the notice of a failed payment; once per invoice, however often the payment is
    retried.
    """
    key = f"payment-failed:{invoice.stripe_id}"
    _write(MailKind.PAYMENT_FAILED, key, invoice.user_id, _bill(invoice), now)


def cancellation(*, subscription: Any, now: datetime) -> None:
    """Queue the notice that a subscription ends with its month; once per month, even if it is
    resumed and cancelled again.
    """
    end = subscription.period_end
    key = f"cancellation:{subscription.stripe_id}:{timestamp(end)}"
    until = f"{_day(end)}, {end:%H:%M} UTC"
    context = {"plan": subscription.plan, "until": until, "ends": timestamp(end)}
    _write(MailKind.CANCELLATION, key, subscription.user_id, context, now)


def subscription_ended(*, subscription: Any, now: datetime) -> None:
    key = f"ended:{subscription.stripe_id}"
    context = {"plan": subscription.plan}
    _write(MailKind.SUBSCRIPTION_ENDED, key, subscription.user_id, context, now)


def quota_nearly_used(*, user_id: int, day_id: int, used: int, limit: int, now: datetime) -> None:
    """Queue the notice that a quota is nearly used; once per day and limit. `day_id` is the row of
    the user's day.
    """
    key = f"quota:{day_id}:{limit}"
    _write(MailKind.QUOTA_NEARLY_USED, key, user_id, {"used": used, "limit": limit}, now)


def credits_low(
    *, user_id: int, account_id: int, sequence: int, available: int, now: datetime
) -> None:
    """Queue the notice of few credits; once per fall of the balance. `sequence` is the account's
    latest entry.
    """
    key = f"credits-low:{account_id}:{sequence}"
    _write(MailKind.CREDITS_LOW, key, user_id, {"available": available}, now)


def _bill(invoice: Any) -> Context:
    amount = invoice.amount_paid if invoice.status == "paid" else invoice.amount_due
    day = invoice.paid_at or invoice.created_at
    return {
        "what": invoice.description or "Subscription",
        "description": invoice.description,
        **_amount(money.to_rupiah(amount)),
        "number": invoice.number,
        "date": _day(day),
        "dated": timestamp(day),
        "url": invoice.hosted_url,
    }


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _amount(rupiah: int) -> Context:
    return {"amount": f"Rp {rupiah:,}", "rupiah": rupiah}


def _write(kind: MailKind, key: str, user_id: int, context: Context, now: datetime) -> None:
    if not legacy.knows(key):
        outbox.put(KINDS[kind], key=key, user_id=user_id, context=context, now=now)
