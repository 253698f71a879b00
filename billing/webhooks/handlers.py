"""Handlers of events: each fetches the object from Stripe and stores its current state.

The content of an event is not trusted; it only says which object to fetch.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from billing.invoices import sync as invoices
from billing.packs import payments
from billing.packs import services as packs
from billing.stripe import gateway
from billing.subscriptions import sync as subscriptions

Handler = Callable[[str, datetime], None]


def _subscription(stripe_id: str, now: datetime) -> None:
    subscriptions.refresh(stripe_id=stripe_id, now=now)


def _invoice(stripe_id: str, now: datetime) -> None:
    invoice = invoices.refresh(stripe_id=stripe_id, now=now)
    if invoice.subscription:
        subscriptions.refresh(stripe_id=invoice.subscription, now=now)
    elif invoice.payment_intent:
        _payment(invoice.payment_intent, now)


def _session(stripe_id: str, now: datetime) -> None:
    packs.refresh_session(session_id=stripe_id, now=now)


def _payment(stripe_id: str, now: datetime) -> None:
    payments.refresh(payment_intent=stripe_id, now=now)


def _through(find: Callable[[str], str | None]) -> Handler:
    """A handler for objects that only refer to a payment."""

    def handle(stripe_id: str, now: datetime) -> None:
        if payment := find(stripe_id):
            _payment(payment, now)

    return handle


# Handlers by the type of the event's object; events about other types are ignored.
HANDLERS: Mapping[str, Handler] = {
    "subscription": _subscription,
    "invoice": _invoice,
    "checkout.session": _session,
    "payment_intent": _payment,
    "charge": _through(gateway.payment_of_charge),
    "refund": _through(gateway.payment_of_refund),
    "dispute": _through(gateway.payment_of_dispute),
}


def handler_for(object_type: str, object_id: str) -> Handler | None:
    """The handler of an event type; None for events that change nothing here, such as
    `invoice.upcoming`, whose object does not exist yet.
    """
    return HANDLERS.get(object_type) if object_id else None
