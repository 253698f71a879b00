"""Redaction of stored events of erased accounts."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q

from billing.customers import services as customers
from billing.models import CreditOrder, Invoice, StripeEvent

Json = Mapping[str, Any]

_OF_THE_EVENT = ("id", "object", "type", "created", "livemode", "api_version")
_OF_ITS_OBJECT = (
    "id",
    "object",
    "customer",
    "payment_intent",
    "charge",
    "subscription",
    "status",
    "amount",
    "amount_refunded",
    "amount_due",
    "amount_paid",
    "currency",
    "created",
    "reason",
)
_AT_ONCE = 500


def fit_to_keep(payload: Json) -> Json:
    """The payload as it may be stored: without personal data once the account is erased."""
    return _bare(payload) if _is_of_an_erased_account(payload) else payload


def redact(*, customer_id: str, payment_intents: Collection[str]) -> int:
    """Remove personal data from the stored events of a customer; returns how many events
    changed.
    """
    named = Q(object_id=customer_id) | Q(payload__data__object__customer=customer_id)
    named |= Q(payload__data__previous_attributes__customer=customer_id)
    paid = Q(payload__data__object__payment_intent__in=list(payment_intents))
    events = StripeEvent.objects.filter(named | paid, payload__redacted__isnull=True)
    count = 0
    for event in events.iterator(chunk_size=_AT_ONCE):
        StripeEvent.objects.filter(pk=event.pk).update(payload=_bare(event.payload))
        count += 1
    return count


def _bare(payload: Json) -> Json:
    subject = _object(payload)
    kept = {name: subject[name] for name in _OF_ITS_OBJECT if _is_plain(subject.get(name))}
    event = {name: payload[name] for name in _OF_THE_EVENT if _is_plain(payload.get(name))}
    return {**event, "data": {"object": kept}, "redacted": True}


def _is_of_an_erased_account(payload: Json) -> bool:
    subject = _object(payload)
    customer = _customer(payload)
    if isinstance(customer, str):
        return customers.has_left(customer)
    intent = subject.get("payment_intent")
    if not isinstance(intent, str) or not intent:
        return False
    payer = CreditOrder.objects.filter(payment_intent=intent).values_list("user_id").first()
    payer = payer or Invoice.objects.filter(payment_intent=intent).values_list("user_id").first()
    return payer is not None and customers.user_has_left(payer[0])


def _customer(payload: Json) -> Any:
    """The customer of the object; a detached card only names its former one."""
    subject, before = _object(payload), payload["data"].get("previous_attributes")
    if subject.get("object") == "customer":
        return subject.get("id")
    has_been = before.get("customer") if isinstance(before, Mapping) else None
    return subject.get("customer") or has_been


def _object(payload: Json) -> Json:
    found: Json = payload["data"]["object"]
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | bool)
