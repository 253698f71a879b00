"""Mapping of Stripe's JSON to our own types; independent of Stripe's package."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from billing.stripe.cleaning import clean
from billing.stripe.types import (
    RemoteCard,
    RemoteCheckout,
    RemoteCustomer,
    RemoteEvent,
    RemoteInvoice,
    RemotePayment,
    RemotePrice,
    RemoteSubscription,
)

Json = Mapping[str, Any]

# A dispute in one of these states has cost us nothing, or no longer does.
_HARMLESS_DISPUTES = {"won", "warning_needs_response", "warning_under_review", "warning_closed"}
_HARMLESS_DISPUTES |= {"prevented"}
_LOST_REFUNDS = {"pending", "requires_action", "succeeded"}


def customer(data: Json) -> RemoteCustomer:
    chosen = (data.get("invoice_settings") or {}).get("default_payment_method")
    deleted = bool(data.get("deleted"))
    return RemoteCustomer(data["id"], _meta(data, "user") or "", _id(chosen), deleted)


def card(data: Json) -> RemoteCard:
    details = data.get("card") or {}
    return RemoteCard(
        id=data["id"],
        customer=_id(data.get("customer")),
        kind=data["type"],
        brand=details.get("brand") or "",
        last4=details.get("last4") or "",
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
    )


def price(data: Json) -> RemotePrice:
    recurring = data.get("recurring") or {}
    return RemotePrice(
        id=data["id"],
        product=_id(data["product"]) or "",
        currency=data["currency"],
        unit_amount=data["unit_amount"] or 0,
        interval=recurring.get("interval"),
        lookup_key=data.get("lookup_key"),
        active=data["active"],
    )


def invoice(data: Json) -> RemoteInvoice:
    parent = (data.get("parent") or {}).get("subscription_details") or {}
    return RemoteInvoice(
        id=data["id"],
        customer=_id(data.get("customer")),
        subscription=_id(parent.get("subscription")),
        payment_intent=_paid_by(data),
        order=_meta(data, "order"),
        number=data.get("number") or "",
        description=_description(data),
        status=data.get("status") or "",
        reason=data.get("billing_reason") or "",
        currency=data["currency"],
        amount_due=data["amount_due"],
        amount_paid=data["amount_paid"],
        attempts=data.get("attempt_count") or 0,
        attempted=bool(data.get("attempted")),
        hosted_url=data.get("hosted_invoice_url") or "",
        pdf_url=data.get("invoice_pdf") or "",
        client_secret=(data.get("confirmation_secret") or {}).get("client_secret"),
        created_at=_moment(data["created"]),
        period_start=_moment(data["period_start"]),
        period_end=_moment(data["period_end"]),
        paid_at=_maybe((data.get("status_transitions") or {}).get("paid_at")),
    )


def subscription(data: Json) -> RemoteSubscription:
    item = data["items"]["data"][0]
    latest = data.get("latest_invoice")
    return RemoteSubscription(
        id=data["id"],
        customer=_id(data["customer"]) or "",
        status=data["status"],
        item=item["id"],
        price=price(item["price"]),
        plan=_plan_of(item["price"]),
        # The portal may set a date instead of the flag.
        cancel_at_period_end=bool(data.get("cancel_at_period_end") or data.get("cancel_at")),
        ends_on_date=bool(data.get("cancel_at") and not data.get("cancel_at_period_end")),
        started_at=_moment(data["start_date"]),
        period_start=_moment(item["current_period_start"]),
        period_end=_moment(data.get("cancel_at") or item["current_period_end"]),
        ended_at=_maybe(data.get("ended_at")),
        pending_update=bool(data.get("pending_update")),
        card=_id(data.get("default_payment_method")),
        latest_invoice=invoice(latest) if isinstance(latest, Mapping) else None,
    )


def payment(data: Json, refunds: list[Json], disputes: list[Json]) -> RemotePayment:
    error = data.get("last_payment_error") or {}
    return RemotePayment(
        id=data["id"],
        status=data["status"],
        customer=_id(data.get("customer")),
        order=_meta(data, "order"),
        currency=data["currency"],
        received=data.get("amount_received") or 0,
        lost=_lost(refunds, disputes),
        client_secret=data.get("client_secret"),
        error_code=error.get("code"),
        decline_code=error.get("decline_code"),
        error_message=error.get("message"),
    )


def payment_intent(data: Json) -> str | None:
    """The payment intent that a charge, refund or dispute names."""
    return _id(data.get("payment_intent"))


def checkout(data: Json) -> RemoteCheckout:
    return RemoteCheckout(
        id=data["id"],
        url=data.get("url"),
        status=data.get("status") or "",
        payment_status=data["payment_status"],
        payment_intent=_id(data.get("payment_intent")),
        order=_meta(data, "order"),
    )


def event(data: Json) -> RemoteEvent:
    """Map an event; raises `ValueError` for JSON that is no event."""
    try:
        subject = data["data"]["object"]
        return RemoteEvent(
            id=_word(data["id"], most=100),
            type=_word(data["type"], most=100),
            created_at=_moment(data["created"]),
            object_type=_word(subject.get("object") or "", most=60),
            object_id=_word(subject.get("id") or "", most=100),
            payload=dict(data),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise ValueError("not an event") from error


def parse(text: str) -> Json:
    """Parse a JSON object; raises `ValueError` for any other text."""
    data = clean(json.loads(text))
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _lost(refunds: list[Json], disputes: list[Json]) -> int:
    """The amount that refunds and disputes have returned to the customer, or are about to."""
    refunded = sum(one["amount"] for one in refunds if one.get("status") in _LOST_REFUNDS)
    disputed = sum(one["amount"] for one in disputes if one["status"] not in _HARMLESS_DISPUTES)
    return int(refunded + disputed)


def _paid_by(data: Json) -> str | None:
    payments = (data.get("payments") or {}).get("data") or []
    # The default payment is the one that the invoice is to be paid by.
    payments = sorted(payments, key=lambda one: not one.get("is_default"))
    found = (_id((one.get("payment") or {}).get("payment_intent")) for one in payments)
    return next((intent for intent in found if intent), None)


def _description(data: Json) -> str:
    lines = (data.get("lines") or {}).get("data") or []
    # An invoice of a plan change begins with the credit for the old plan.
    lines = sorted(lines, key=lambda one: (one.get("amount") or 0) <= 0)
    given = data.get("description") or next((one.get("description") for one in lines), None)
    return str(given or "")[:300]


def _plan_of(data: Json) -> str | None:
    return _meta(data, "plan") or _plan_in(data.get("lookup_key"))


def _plan_in(lookup_key: str | None) -> str | None:
    name = (lookup_key or "").removeprefix("lumiku_plan_")
    return name if name and name != lookup_key else None


def _meta(data: Json, name: str) -> str | None:
    return (data.get("metadata") or {}).get(name) or None


def _id(value: Any) -> str | None:
    """The id of a reference that may be expanded."""
    if isinstance(value, Mapping):
        return str(value["id"])
    return value or None


def _word(value: object, *, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError("not a name")
    return value


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: int | None) -> datetime | None:
    return _moment(seconds) if seconds else None
