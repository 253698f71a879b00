"""Events about subscriptions and invoices, caused at a Stripe-speaking server."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from integrations.models import Event
from tests.accounts.factories import bearer
from tests.billing.stripe.conftest import stripe, stripe_server
from tests.billing.stripe.world import (
    SUBSCRIPTION,
    charge_to,
    deliver_all,
    events_of,
    later,
    on_clock,
    subscribe,
)
from tests.integrations.webhooks.factories import endpoint
from tests.stripe_server import StripeServer

__all__ = ["stripe", "stripe_server"]

pytestmark = pytest.mark.django_db


def event_names(user: User) -> list[str]:
    return list(Event.objects.filter(user=user).order_by("pk").values_list("type", flat=True))


def data_of(event: str) -> Any:
    return json.loads(Event.objects.filter(type=event).latest("pk").data)


@pytest.fixture
def listening(owner: User) -> User:
    endpoint(owner)
    return owner


@pytest.fixture
def api(owner: User) -> Client:
    return Client(headers={"authorization": bearer(owner)})


def test_a_first_order_is_told(api: Client, listening: User, stripe: StripeServer) -> None:
    assert subscribe(api, "starter").status_code == 201
    deliver_all(events_of(stripe, listening))
    events = event_names(listening)
    assert events[0] == "subscription.created"
    assert {"invoice.created", "invoice.paid"} <= set(events)
    assert "subscription.ended" not in events
    paid = data_of("invoice.paid")
    assert (paid["status"], paid["amountPaid"], paid["currency"]) == ("paid", 99_000, "IDR")
    assert paid["invoiceId"].startswith("inv_")


def test_cancelling_and_its_end_are_told(
    api: Client, listening: User, stripe: StripeServer
) -> None:
    now = timezone.now()
    clock = on_clock(stripe, listening, now)
    subscribe(api, "pro")
    api.delete(SUBSCRIPTION)
    told_of = data_of("subscription.updated")
    assert (told_of["plan"], told_of["cancelAtPeriodEnd"]) == ("pro", True)
    later(stripe, listening, clock, now + timedelta(days=32))
    assert "subscription.ended" in event_names(listening)
    assert data_of("subscription.ended")["endedAt"] is not None


def test_a_renewal_that_fails_is_told(api: Client, listening: User, stripe: StripeServer) -> None:
    now = timezone.now()
    clock = on_clock(stripe, listening, now)
    subscribe(api, "pro")
    charge_to(stripe, listening, "pm_card_chargeCustomerFail")
    later(stripe, listening, clock, now + timedelta(days=32))
    assert "invoice.payment_failed" in event_names(listening)
    assert data_of("subscription.updated")["status"] == "past_due"


def test_the_same_state_is_told_once(api: Client, listening: User, stripe: StripeServer) -> None:
    subscribe(api, "starter")
    deliver_all(events_of(stripe, listening))
    before = event_names(listening)
    deliver_all(events_of(stripe, listening))
    assert event_names(listening) == before


def test_nothing_is_recorded_for_an_account_without_an_endpoint(
    api: Client, owner: User, stripe: StripeServer
) -> None:
    assert subscribe(api, "starter").status_code == 201
    deliver_all(events_of(stripe, owner))
    assert event_names(owner) == []
