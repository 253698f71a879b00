"""`POST /background-remover/subscription`"""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import StripeCall, Subscription
from common.http.auth import Scope
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.world import (
    SUBSCRIPTION,
    card_of,
    customer_of,
    deliver_all,
    events_of,
    subscribe,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def reason_of(answer: Any) -> Any:
    return answer.json()["error"]["details"]["reason"]


def plans_at(server: StripeServer, user: User) -> list[tuple[str, int]]:
    found = server.client().v1.subscriptions.list({"customer": customer_of(user), "status": "all"})
    return [(one.status, one["items"].data[0].price.unit_amount) for one in found.data]


@pytest.mark.parametrize(("plan", "price"), [("starter", 99_000), ("pro", 299_000)])
def test_subscribing_charges_the_plans_price(
    api: Client, user: User, stripe: StripeServer, plan: str, price: int
) -> None:
    answer = subscribe(api, plan)
    assert answer.status_code == 201
    data = answer.json()["data"]
    row = Subscription.objects.get(user=user)
    assert data == {
        "subscriptionId": row.public_id,
        "plan": plan,
        "status": "active",
        "nextBillingDate": data["nextBillingDate"],
        "amountCharged": price,
    }
    days = (datetime.fromisoformat(data["nextBillingDate"]) - timezone.now()).days
    assert 27 <= days <= 31
    assert plans_at(stripe, user) == [("active", price * 100)]


def test_the_subscription_is_seen_at_once(api: Client) -> None:
    subscribe(api)
    data = api.get(SUBSCRIPTION).json()["data"]
    assert data["hasSubscription"] is True
    assert (data["plan"], data["status"]) == ("pro", "active")
    assert data["pricing"] == {"monthlyPrice": 299000, "currency": "IDR"}
    assert data["quotas"]["professionalTier"] == {"limit": 50, "used": 0, "remaining": 50}
    assert data["quotas"]["daily"]["remaining"] == 200
    assert data["quotas"]["daily"]["resetsAt"].endswith("T00:00:00Z")
    assert data["allowedTiers"] == ["basic", "standard", "professional"]
    assert set(data["billing"]) >= {"nextBillingDate", "subscribedAt"}


def test_starter_has_no_professional_share(api: Client) -> None:
    subscribe(api, "starter")
    assert "professionalTier" not in api.get(SUBSCRIPTION).json()["data"]["quotas"]


def test_without_one_the_plans_are_shown(api: Client) -> None:
    assert api.get(SUBSCRIPTION).json()["data"] == {
        "hasSubscription": False,
        "availablePlans": [
            {
                "name": "starter",
                "price": 99000,
                "dailyQuota": 50,
                "allowedTiers": ["basic", "standard"],
            },
            {
                "name": "pro",
                "price": 299000,
                "dailyQuota": 200,
                "allowedTiers": ["basic", "standard", "professional"],
                "professionalQuota": 50,
            },
        ],
    }


@pytest.mark.parametrize("staff", [False, True])
def test_others_see_their_own(api: Client, staff: bool) -> None:
    subscribe(api)
    other = Client(headers={"authorization": bearer(UserFactory(is_staff=staff))})
    assert other.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False
    assert error_of(other.delete(SUBSCRIPTION)) == (404, "NOT_FOUND")


def test_strangers_must_log_in() -> None:
    assert error_of(subscribe(Client())) == (401, "UNAUTHORIZED")


def test_a_key_needs_the_scope(user: User) -> None:
    reader = Client(headers={"X-API-Key": api_key_for(user, [Scope.BILLING_READ])})
    assert reader.get(SUBSCRIPTION).status_code == 200
    assert error_of(subscribe(reader)) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"plan": "gold", "paymentMethodId": "pm_card_visa"}, "INVALID_INPUT"),
        ({"paymentMethodId": "pm_card_visa"}, "MISSING_REQUIRED_FIELD"),
        ({"plan": "pro"}, "MISSING_REQUIRED_FIELD"),
        ({"plan": "pro", "paymentMethodId": "pm_card_visa", "price": 1}, "INVALID_INPUT"),
        ({"plan": "pro", "paymentMethodId": "../customers"}, "INVALID_INPUT"),
        ({"plan": "pro", "paymentMethodId": "pm_unknown"}, "INVALID_INPUT"),
        ({"plan": ["pro"], "paymentMethodId": {}}, "INVALID_INPUT"),
    ],
)
def test_bad_input_is_refused(api: Client, body: dict[str, Any], code: str) -> None:
    answer = api.post(SUBSCRIPTION, body, content_type="application/json")
    assert error_of(answer) == (400, code)
    assert not Subscription.objects.exists()


def test_an_unknown_plan_names_the_plans(api: Client) -> None:
    answer = subscribe(api, "gold")
    assert "starter, pro" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("card", "decline"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeCustomerFail", "generic_decline"),
    ],
)
def test_a_declined_card_changes_nothing(
    api: Client, user: User, stripe: StripeServer, card: str, decline: str
) -> None:
    answer = subscribe(api, card=card)
    assert error_of(answer) == (402, "PAYMENT_FAILED")
    assert answer.json()["error"]["details"]["declineCode"] == decline
    assert api.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False
    assert all(status != "active" for status, _ in plans_at(stripe, user))


def test_an_expired_card_says_so(api: Client) -> None:
    answer = subscribe(api, card="pm_card_chargeDeclinedExpiredCard")
    assert error_of(answer) == (402, "PAYMENT_FAILED")
    assert reason_of(answer) == "expired_card"


def test_another_card_works_after_a_declined_one(api: Client, user: User) -> None:
    subscribe(api, card="pm_card_chargeCustomerFail")
    assert subscribe(api).status_code == 201
    live = Subscription.objects.filter(user=user, status="active")
    assert live.count() == 1


def test_a_required_confirmation_is_completed(
    api: Client, user: User, stripe: StripeServer
) -> None:
    answer = subscribe(api, card="pm_card_threeDSecure2Required")
    assert error_of(answer) == (402, "PAYMENT_ACTION_REQUIRED")
    details = answer.json()["error"]["details"]
    assert details["clientSecret"].startswith(details["paymentIntentId"] + "_secret_")
    assert api.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False
    stripe.authenticate(details["paymentIntentId"])
    deliver_all(events_of(stripe, user))
    assert api.get(SUBSCRIPTION).json()["data"]["status"] == "active"
    assert card_of(api) == "3220"


def test_a_repeated_request_during_a_confirmation_starts_anew(
    api: Client, user: User, stripe: StripeServer
) -> None:
    subscribe(api, card="pm_card_threeDSecure2Required")
    assert subscribe(api).status_code == 201
    statuses = sorted(status for status, _ in plans_at(stripe, user))
    assert statuses.count("active") == 1
    assert "incomplete" not in statuses


def test_a_confirmed_payment_without_an_event_is_not_charged_twice(
    api: Client, user: User, stripe: StripeServer
) -> None:
    answer = subscribe(api, card="pm_card_threeDSecure2Required")
    stripe.authenticate(answer.json()["error"]["details"]["paymentIntentId"])
    assert error_of(subscribe(api)) == (409, "CONFLICT")
    assert [status for status, _ in plans_at(stripe, user)] == ["active"]


def test_the_current_plan_is_not_sold_again(api: Client, user: User, stripe: StripeServer) -> None:
    subscribe(api)
    answer = subscribe(api)
    assert error_of(answer) == (409, "CONFLICT")
    assert reason_of(answer) == "already_subscribed"
    assert len(plans_at(stripe, user)) == 1


def test_an_idempotency_key_gives_the_same_answer(
    api: Client, user: User, stripe: StripeServer
) -> None:
    body = {"plan": "pro", "paymentMethodId": "pm_card_visa"}
    answers = [
        api.post(
            SUBSCRIPTION,
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "once"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(plans_at(stripe, user)) == 1


def test_card_of_another_user_is_refused(api: Client, stripe: StripeServer) -> None:
    other = UserFactory()
    subscribe(Client(headers={"authorization": bearer(other)}))
    cards = stripe.client().v1.payment_methods.list({"customer": customer_of(other)})
    answer = subscribe(api, card=cards.data[0].id)
    assert error_of(answer) == (400, "INVALID_INPUT")
    assert not Subscription.objects.exclude(user=other).exists()


class TestDeadStripe:
    """Stripe does not answer: nothing changes, and a repeated request finishes the first one."""

    def test_an_unreachable_stripe_answers_503(self, api: Client, settings: Any) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        assert error_of(subscribe(api)) == (503, "SERVICE_UNAVAILABLE")
        assert not Subscription.objects.exists()
        assert StripeCall.objects.get().finished_at is None

    def test_payments_are_not_set_up(self, api: Client, settings: Any) -> None:
        settings.STRIPE_SECRET_KEY = ""
        answer = subscribe(api)
        assert error_of(answer) == (503, "SERVICE_UNAVAILABLE")
        assert "not set up" in answer.json()["error"]["message"]

    def test_a_wrong_key_answers_503(self, api: Client, settings: Any) -> None:
        settings.STRIPE_SECRET_KEY = "sk_test_wrong"
        assert error_of(subscribe(api)) == (503, "SERVICE_UNAVAILABLE")

    @pytest.mark.parametrize("calls_before", range(5))
    def test_a_repeated_request_subscribes_once(
        self, api: Client, user: User, stripe: StripeServer, settings: Any, calls_before: int
    ) -> None:
        subscribe(Client(headers={"authorization": bearer(UserFactory())}))
        with dying_after(calls_before):
            assert error_of(subscribe(api)) == (503, "SERVICE_UNAVAILABLE")
        assert api.get(SUBSCRIPTION).json()["data"]["hasSubscription"] is False
        assert subscribe(api).status_code == 201
        assert [status for status, _ in plans_at(stripe, user)] == ["active"]
        assert StripeCall.objects.filter(finished_at__isnull=True).count() == 0

    @pytest.mark.parametrize("calls_before", [3, 4])
    def test_a_repeated_request_asks_for_confirmation_again(
        self, api: Client, user: User, stripe: StripeServer, calls_before: int
    ) -> None:
        subscribe(Client(headers={"authorization": bearer(UserFactory())}))
        card = "pm_card_threeDSecure2Required"
        with dying_after(calls_before):
            assert error_of(subscribe(api, card=card)) == (503, "SERVICE_UNAVAILABLE")
        answer = subscribe(api, card=card)
        assert error_of(answer) == (402, "PAYMENT_ACTION_REQUIRED")
        stripe.authenticate(answer.json()["error"]["details"]["paymentIntentId"])
        deliver_all(events_of(stripe, user))
        assert api.get(SUBSCRIPTION).json()["data"]["status"] == "active"

    def test_a_failure_to_store_the_default_card_is_ignored(self, api: Client) -> None:
        subscribe(Client(headers={"authorization": bearer(UserFactory())}))
        with dying_after(5):
            assert subscribe(api).status_code == 201
