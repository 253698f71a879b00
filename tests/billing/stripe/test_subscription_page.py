"""`POST /background-remover/subscription/checkout`: subscribing on a page of Stripe's."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from billing.models import Subscription, SubscriptionPage
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.billing.stripe.world import (
    SUBSCRIPTION,
    customer_of,
    deliver_all,
    events_of,
    subscribe,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db

URL = f"{SUBSCRIPTION}/checkout"


def open_page(api: Client, plan: str = "pro", **body: str) -> Any:
    return api.post(URL, {"plan": plan, **body}, content_type="application/json")


def page_of(api: Client, plan: str = "pro") -> str:
    answer = open_page(api, plan)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["data"]["checkoutUrl"])


def running(server: StripeServer, user: User) -> list[str]:
    found = server.client().v1.subscriptions.list({"customer": customer_of(user)}).data
    return [one.id for one in found]


def test_the_plan_begins_once_the_page_is_paid(
    api: Client, user: User, stripe: StripeServer
) -> None:
    paid = stripe.pay(page_of(api))
    assert (paid.status, paid.headers["Location"]) == (
        303,
        "http://localhost:8000/v1/billing/return?checkout=done",
    )
    assert api.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False
    deliver_all(events_of(stripe, user))
    data = api.get(SUBSCRIPTION).json()["data"]
    assert (data["plan"], data["status"]) == ("pro", "active")


def test_the_bank_can_ask_first(api: Client, user: User, stripe: StripeServer) -> None:
    paid = stripe.pay(page_of(api), card="pm_card_threeDSecure2Required")
    intent = paid.headers["Location"].removeprefix("/3ds/")
    stripe.authenticate(intent)
    deliver_all(events_of(stripe, user))
    assert api.get(SUBSCRIPTION).json()["data"]["status"] == "active"


def test_a_declined_card_leaves_the_page_open(
    api: Client, user: User, stripe: StripeServer
) -> None:
    url = page_of(api)
    assert b"declined" in stripe.pay(url, card="pm_card_chargeDeclined").data
    deliver_all(events_of(stripe, user))
    assert api.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False
    assert stripe.pay(url).status == 303


def test_a_second_page_closes_the_first(api: Client, user: User, stripe: StripeServer) -> None:
    first, second = page_of(api), page_of(api, "starter")
    assert stripe.pay(first).status >= 400
    assert stripe.pay(second).status == 303
    assert len(running(stripe, user)) == 1


def test_a_page_that_was_paid_a_moment_ago_is_noticed(
    api: Client, user: User, stripe: StripeServer
) -> None:
    stripe.pay(page_of(api))
    refused = open_page(api, "starter")
    assert refused.status_code == 409
    assert refused.json()["error"]["details"]["reason"] == "already_subscribed"
    assert Subscription.objects.get(user=user).plan == "pro"


def test_subscribing_by_the_api_closes_the_page(
    api: Client, user: User, stripe: StripeServer
) -> None:
    url = page_of(api)
    assert subscribe(api).status_code == 201
    assert stripe.pay(url).status >= 400
    assert len(running(stripe, user)) == 1
    assert not SubscriptionPage.objects.exists()


def test_a_page_elsewhere_is_refused(api: Client) -> None:
    refused = open_page(api, successUrl="https://evil.example/thanks")
    assert refused.status_code == 400


@pytest.mark.parametrize("body", [{"plan": "gold"}, {"plan": ""}])
def test_an_unknown_plan_is_refused(api: Client, body: dict[str, str]) -> None:
    assert api.post(URL, body, content_type="application/json").status_code == 400


def test_each_user_subscribes_for_themselves(api: Client, user: User, stripe: StripeServer) -> None:
    other = UserFactory(is_staff=True)
    stripe.pay(page_of(Client(headers={"authorization": bearer(other)})))
    deliver_all(events_of(stripe, other))
    assert api.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False


def test_it_needs_a_login_and_the_scope(user: User) -> None:
    limited = api_key_for(user, ["billing:read"])  # type: ignore[list-item]
    assert open_page(Client()).status_code == 401
    assert open_page(Client(headers={"X-API-Key": limited})).status_code == 403
