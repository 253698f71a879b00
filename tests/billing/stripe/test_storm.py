"""Every event of a subscription's life, delivered many times, in any order, by many threads at
once.

The default run is quick; `STRIPE_STORM=100` delivers each event a hundred times from 50 threads.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.audit import audit
from billing.ledger import Balance
from billing.models import CreditOrder, CreditPack, Entry, Invoice, StripeEvent, Subscription
from billing.webhooks import processor
from common.models import OutgoingMail
from tests.accounts.factories import UserFactory, bearer
from tests.billing.stripe.world import (
    all_events,
    checkout,
    customer_of,
    deliver,
    subscribe,
)
from tests.stripe_server import StripeServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

COPIES = int(os.environ.get("STRIPE_STORM", "4"))
THREADS = 50 if COPIES > 20 else 8


@pytest.fixture
def api(transactional_db: None) -> Iterator[Client]:
    self_user = UserFactory()
    client = Client(headers={"authorization": bearer(self_user)})
    client.user = self_user  # type: ignore[attr-defined]
    yield client
    assert audit(now=timezone.now()).breaches == ()


@pytest.fixture
def user(api: Client) -> User:
    return api.user  # type: ignore[attr-defined, no-any-return]


def storm(events: list[dict[str, Any]], seed: int) -> list[int]:
    """Deliver and process at the same time; returns the statuses of all answers."""
    copies = [event for event in events for _ in range(COPIES)]
    random.Random(seed).shuffle(copies)

    def one(number: int) -> int:
        try:
            status: int = deliver(copies[number]).status_code
            if number % 3 == 0:
                processor.run()
            return status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(len(copies))))


def settle() -> None:
    processor.run()
    assert not StripeEvent.objects.filter(status__in=["pending", "failed"]).exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_one_grant_and_one_reversal(
    api: Client, user: User, stripe: StripeServer, pack: CreditPack, seed: int
) -> None:
    data = checkout(api).json()["data"]
    assert stripe.pay(data["checkoutUrl"]).status == 303
    [paid] = stripe.client().v1.payment_intents.list({"customer": customer_of(user)}).data
    stripe.client().v1.refunds.create({"payment_intent": paid.id})
    events = all_events(stripe)
    kinds = {event["type"] for event in events}
    assert kinds >= {"checkout.session.completed", "payment_intent.succeeded", "charge.refunded"}
    answers = storm(events, seed)
    settle()
    assert set(answers) == {200}
    entries = Entry.objects.filter(account__user=user).order_by("sequence")
    assert list(entries.values_list("kind", "delta_available")) == [
        ("grant", 100),
        ("adjust", -100),
    ]
    assert CreditOrder.objects.get().reversed == 100
    assert OutgoingMail.objects.filter(kind="billing.receipt").count() == 1


def test_the_subscription_is_what_stripe_says_last(
    api: Client, user: User, stripe: StripeServer, pack: CreditPack
) -> None:
    subscribe(api, "starter")
    subscribe(api, "pro", card=None)
    row = Subscription.objects.get()
    remote = stripe.client().v1.subscriptions
    remote.update(row.stripe_id, {"cancel_at_period_end": True})
    remote.update(row.stripe_id, {"cancel_at_period_end": False})
    data = checkout(api).json()["data"]
    stripe.pay(data["checkoutUrl"])
    answers = storm(all_events(stripe), 3)
    settle()
    assert set(answers) == {200}
    row.refresh_from_db()
    assert (row.plan, row.status, row.cancel_at_period_end) == ("pro", "active", False)
    assert ledger.balance(user_id=user.pk) == Balance(available=100, held=0)
    assert Subscription.objects.count() == 1
    assert Invoice.objects.filter(user=user, status="paid", order_id="").count() == 2


def test_parallel_subscribing_subscribes_once(
    api: Client, user: User, stripe: StripeServer
) -> None:
    def one(_: int) -> int:
        try:
            return int(subscribe(api).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(one, range(8)))
    assert answers.count(201) == 1
    assert set(answers) == {201, 409}
    found = stripe.client().v1.subscriptions.list({"customer": customer_of(user)})
    assert len(found.data) == 1
