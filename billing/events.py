"""Events about an account's money, sent by `billing.signals` for the owner's webhooks."""

from datetime import datetime
from typing import Any

from billing.models import Invoice, Subscription
from billing.models.subscriptions import Status
from billing.pricing import CURRENCY
from billing.signals import account_event
from billing.stripe import money
from common.http.errors import timestamp

_ENDED = (Status.CANCELED, Status.INCOMPLETE_EXPIRED)
# What a subscription's owner sees of it; a change to anything else is no event.
SHOWN = ("plan", "status", "cancel_at_period_end", "period_end")


def credits_low(
    *, user_id: int, account_id: int, sequence: int, available: int, now: datetime
) -> None:
    """Credits run low: once per fall of the balance; `sequence` is the account's latest entry."""
    key = f"credits.low:{account_id}:{sequence}"
    _send("credits.low", user_id, key=key, data={"available": available}, now=now)


def quota_reached(*, user_id: int, day_id: int, used: int, limit: int, now: datetime) -> None:
    """A quota is used up: once per day and limit; `day_id` is the row of the user's day."""
    key = f"quota.reached:{day_id}:{limit}"
    _send("quota.reached", user_id, key=key, data={"used": used, "limit": limit}, now=now)


def subscription_stored(
    row: Subscription, before: tuple[Any, ...] | None, *, now: datetime
) -> None:
    """Compare with `before`, the columns `SHOWN` of the row as it was; None for a new row."""
    after = shown(row)
    if row.user_id is None or before == after:
        return
    ended = row.status in _ENDED and (before is None or before[1] not in _ENDED)
    what = "ended" if ended else "created" if before is None else "updated"
    key = f"subscription.{what}:{row.stripe_id}:{row.sequence}"
    _send(
        f"subscription.{what}",
        row.user_id,
        key=key,
        data=_subscription(row),
        subject=row.public_id,
        now=now,
    )


def shown(row: Subscription) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in SHOWN)


def invoice_stored(row: Invoice, *, before: tuple[str, int] | None, now: datetime) -> None:
    """Compare with `before`, the status and number of attempts as they were; None for a new row."""
    if row.user_id is None:
        return
    status, attempts = before or ("", 0)
    events = ["created"] if before is None else []
    if row.status == "paid" and status != "paid":
        events.append("paid")
    if row.status == "open" and row.attempts > attempts:
        events.append("payment_failed")
    for what in events:
        key = f"invoice.{what}:{row.stripe_id}:{row.attempts if what == 'payment_failed' else ''}"
        _send(
            f"invoice.{what}",
            row.user_id,
            key=key,
            data=_invoice(row),
            subject=row.public_id,
            now=now,
        )


def _subscription(row: Subscription) -> dict[str, Any]:
    return {
        "subscriptionId": row.public_id,
        "plan": row.plan,
        "status": row.status,
        "monthlyPrice": row.monthly_price_idr,
        "currency": CURRENCY,
        "cancelAtPeriodEnd": row.cancel_at_period_end,
        "periodEnd": timestamp(row.period_end),
        "graceUntil": _optional(row.grace_until),
        "endedAt": _optional(row.ended_at),
    }


def _invoice(row: Invoice) -> dict[str, Any]:
    return {
        "invoiceId": row.public_id,
        "number": row.number or None,
        "description": row.description or None,
        "status": row.status,
        "currency": CURRENCY,
        "amountDue": money.to_rupiah(row.amount_due),
        "amountPaid": money.to_rupiah(row.amount_paid),
        "orderId": row.order_id or None,
        "createdAt": timestamp(row.created_at),
        "paidAt": _optional(row.paid_at),
        "hostedUrl": row.hosted_url or None,
    }


def _optional(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None


def _send(
    event: str, user_id: int, *, key: str, data: dict[str, Any], now: datetime, subject: str = ""
) -> None:
    account_event.send(
        sender=None, user_id=user_id, event=event, key=key, subject=subject, data=data, now=now
    )
