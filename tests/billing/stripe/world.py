"""External events at Stripe and on its pages."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import stripe
from django.test import Client

from accounts.models import User
from billing.models import Customer, StripeEvent
from billing.webhooks import processor
from tests.stripe_server import StripeServer

WEBHOOK_SECRET = "whsec_for_tests"
WEBHOOK = "/v1/billing/webhook"
SUBSCRIPTION = "/v1/background-remover/subscription"
RESUME = f"{SUBSCRIPTION}/resume"
CHECKOUT = "/v1/billing/checkout"
CARD = "/v1/billing/payment-method"

_first: dict[str, str] = {}


def subscribe(api: Client, plan: str = "pro", card: str | None = "pm_card_visa") -> Any:
    body = {"plan": plan, **({"paymentMethodId": card} if card else {})}
    return api.post(SUBSCRIPTION, body, content_type="application/json")


def checkout(api: Client, pack: str = "hundred") -> Any:
    return api.post(CHECKOUT, {"pack": pack}, content_type="application/json")


def customer_of(user: User) -> str:
    return Customer.objects.get(user=user, replaced_at=None).stripe_id


def card_of(api: Client) -> str | None:
    """The last digits of the default card."""
    card = api.get(CARD).json()["data"]["paymentMethod"]
    return card["last4"] if card else None


def on_clock(server: StripeServer, user: User, at: datetime) -> str:
    """Create the user's customer on a test clock that begins at `at`; returns the clock's id."""
    api = server.client().v1
    clock = api.test_helpers.test_clocks.create({"frozen_time": int(at.timestamp())})
    customer = api.customers.create({"email": user.email, "test_clock": clock.id})
    Customer.objects.create(user=user, stripe_id=customer.id, created_at=at)
    return clock.id


def later(server: StripeServer, user: User, clock: str, at: datetime) -> None:
    """Advance the clock, and deliver the events meanwhile."""
    server.advance(clock, int(at.timestamp()))
    deliver_all(events_of(server, user))


def charge_to(server: StripeServer, user: User, card: str) -> None:
    """Set another card of the running subscription, as on Stripe's own page."""
    api = server.client().v1
    attached = api.payment_methods.attach(card, {"customer": customer_of(user)})
    for running in api.subscriptions.list({"customer": customer_of(user)}).data:
        api.subscriptions.update(running.id, {"default_payment_method": attached.id})


def pay_overdue(server: StripeServer, user: User) -> None:
    """Pay the last month on Stripe's own page, with a valid card."""
    api = server.client().v1
    [running] = api.subscriptions.list({"customer": customer_of(user)}).data
    card = api.payment_methods.attach("pm_card_visa", {"customer": customer_of(user)})
    api.invoices.pay(str(running.latest_invoice), {"payment_method": card.id})


def unpaid_at(server: StripeServer, user: User) -> list[str]:
    """The invoices for which Stripe would still accept a payment."""
    found = server.client().v1.invoices.list({"customer": customer_of(user)}).data
    return [one.id for one in found if one.status in ("open", "uncollectible")]


def begin(server: StripeServer) -> None:
    """Ignore the events of earlier tests."""
    latest = server.client().v1.events.list({"limit": 1}).data
    _first.update(id=latest[0].id if latest else "")


def all_events(server: StripeServer) -> list[dict[str, Any]]:
    """The events at Stripe since `begin`, oldest first."""
    events = []
    for event in server.client().v1.events.list({"limit": 50}).auto_paging_iter():
        if event.id == _first["id"]:
            break
        events.append(event.to_dict(for_json=True))
    return events[::-1]


def events_of(server: StripeServer, user: User) -> list[dict[str, Any]]:
    """Every event about the user's customer and its objects, oldest first."""
    customer = customer_of(user)
    return [event for event in all_events(server) if _names(event["data"]["object"], customer)]


def deliver(event: dict[str, Any], *, secret: str = WEBHOOK_SECRET) -> Any:
    """Post one event as Stripe does, signed."""
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret)
    return Client().post(
        WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": signature}
    )


def deliver_all(events: Iterable[dict[str, Any]]) -> None:
    """Deliver the last event of each object; `test_storm` delivers every event."""
    latest = {event["data"]["object"]["id"]: event for event in events}
    for event in latest.values():
        assert deliver(event).status_code == 200
    processor.run()
    assert not StripeEvent.objects.filter(status__in=["pending", "failed"]).exists()


def _names(data: dict[str, Any], customer: str) -> bool:
    return customer in (data.get("customer"), data["id"])
