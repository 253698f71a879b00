"""Plan changes, cancelling and resuming of a subscription."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import services
from billing.models import Invoice, Subscription
from billing.plans import PRO
from billing.pricing import Tier
from billing.quotas import services as quotas
from billing.services import PricingType
from common.models import OutgoingMail
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.test_subscribe import error_of, plans_at, reason_of
from tests.billing.stripe.world import (
    RESUME,
    SUBSCRIPTION,
    card_of,
    customer_of,
    deliver_all,
    events_of,
    later,
    on_clock,
    subscribe,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


def shown(api: Client) -> Any:
    return api.get(SUBSCRIPTION).json()["data"]


def use(user: User, count: int) -> None:
    for number in range(count):
        quotas.take(
            user_id=user.pk,
            plan=PRO,
            tier=Tier.BASIC,
            key=f"used:{number}",
            reference="job",
            now=timezone.now(),
        )


class TestChangingThePlan:
    def test_a_dearer_plan_is_charged_for_the_rest_of_the_month(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "starter")
        answer = subscribe(api, "pro", card=None)
        assert answer.status_code == 201
        data = answer.json()["data"]
        assert (data["plan"], data["status"]) == ("pro", "active")
        assert 0 < data["amountCharged"] <= 200_000
        assert plans_at(stripe, user) == [("active", 29_900_000)]
        assert shown(api)["quotas"]["daily"]["limit"] == 200

    def test_a_cheaper_plan_begins_at_once_and_costs_nothing_now(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "pro")
        data = subscribe(api, "starter", card=None).json()["data"]
        assert (data["plan"], data["amountCharged"]) == ("starter", 0)
        assert plans_at(stripe, user) == [("active", 9_900_000)]

    def test_a_plan_below_todays_use_is_refused(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "pro")
        use(user, 51)
        answer = subscribe(api, "starter", card=None)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "used_more")
        details = answer.json()["error"]["details"]
        assert (details["limit"], details["used"]) == (50, 51)
        assert details["resetsAt"].endswith("T00:00:00Z")
        assert plans_at(stripe, user) == [("active", 29_900_000)]

    def test_a_plan_at_todays_use_is_fine(self, api: Client, user: User) -> None:
        subscribe(api, "pro")
        use(user, 50)
        assert subscribe(api, "starter", card=None).status_code == 201
        assert shown(api)["quotas"]["daily"]["remaining"] == 0

    def test_a_declined_card_leaves_plan_and_card(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "starter")
        answer = subscribe(api, "pro", card="pm_card_chargeCustomerFail")
        assert error_of(answer) == (402, "PAYMENT_FAILED")
        assert plans_at(stripe, user) == [("active", 9_900_000)]
        assert shown(api)["plan"] == "starter"
        assert subscribe(api, "pro", card=None).status_code == 201

    def test_a_change_waits_for_the_banks_confirmation(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "starter")
        answer = subscribe(api, "pro", card="pm_card_threeDSecure2Required")
        assert error_of(answer) == (402, "PAYMENT_ACTION_REQUIRED")
        assert shown(api)["plan"] == "starter"
        stripe.authenticate(answer.json()["error"]["details"]["paymentIntentId"])
        deliver_all(events_of(stripe, user))
        assert shown(api)["plan"] == "pro"
        assert card_of(api) == "3220"

    def test_a_lost_answer_changes_once(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "starter")
        with dying_after(2):
            assert error_of(subscribe(api, "pro", card=None)) == (503, "SERVICE_UNAVAILABLE")
        assert subscribe(api, "pro", card=None).status_code == 201
        invoices = stripe.client().v1.invoices.list({"customer": customer_of(user)})
        assert [one.status for one in invoices.data] == ["paid", "paid"]

    def test_a_cancelled_plan_is_resumed_first(self, api: Client) -> None:
        subscribe(api, "starter")
        api.delete(SUBSCRIPTION)
        answer = subscribe(api, "pro", card=None)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "cancelled")


class TestCancelling:
    def test_the_plan_lasts_until_the_month_ends(self, api: Client, user: User) -> None:
        subscribe(api)
        answer = api.delete(SUBSCRIPTION)
        assert answer.status_code == 200
        data = answer.json()["data"]
        row = Subscription.objects.get(user=user)
        assert data["message"] == "Subscription cancelled successfully"
        assert datetime.fromisoformat(data["expiresAt"]) == row.period_end
        assert 28 <= data["remainingDays"] <= 31
        billing = shown(api)["billing"]
        assert (billing["cancelAtPeriodEnd"], billing["nextBillingDate"]) == (True, None)
        assert billing["expiresAt"] == data["expiresAt"]

    def test_it_goes_on_paying(self, api: Client, user: User) -> None:
        subscribe(api)
        api.delete(SUBSCRIPTION)
        reservation = services.reserve_single(
            user_id=user.pk, tier="basic", reference="job", key="job:1", now=timezone.now()
        )
        assert reservation.pricing_type is PricingType.SUBSCRIPTION

    def test_nothing_to_cancel(self, api: Client) -> None:
        answer = api.delete(SUBSCRIPTION)
        assert (error_of(answer), reason_of(answer)) == ((404, "NOT_FOUND"), "no_subscription")

    def test_cancelled_twice(self, api: Client) -> None:
        subscribe(api)
        first = api.delete(SUBSCRIPTION).json()["data"]["expiresAt"]
        answer = api.delete(SUBSCRIPTION)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "already_cancelled")
        assert answer.json()["error"]["details"]["expiresAt"] == first

    def test_a_lost_answer_is_given_again(self, api: Client) -> None:
        subscribe(api)
        with dying_after(0):
            assert error_of(api.delete(SUBSCRIPTION)) == (503, "SERVICE_UNAVAILABLE")
        assert api.delete(SUBSCRIPTION).status_code == 200

    def test_the_mail_goes_out_once(self, api: Client, user: User, stripe: StripeServer) -> None:
        subscribe(api)
        api.delete(SUBSCRIPTION)
        deliver_all(events_of(stripe, user))
        assert OutgoingMail.objects.filter(kind="billing.cancellation").count() == 1


class TestResuming:
    def test_a_cancellation_is_taken_back(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api)
        api.delete(SUBSCRIPTION)
        answer = api.post(RESUME)
        assert answer.status_code == 200
        assert answer.json()["data"]["status"] == "active"
        assert shown(api)["billing"]["cancelAtPeriodEnd"] is False

    def test_a_cancellation_by_date_is_undone(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api)
        row = Subscription.objects.get(user=user)
        last = int(row.period_end.timestamp())
        stripe.client().v1.subscriptions.update(row.stripe_id, {"cancel_at": last})
        deliver_all(events_of(stripe, user))
        assert shown(api)["billing"]["cancelAtPeriodEnd"] is True
        assert api.post(RESUME).status_code == 200
        assert shown(api)["billing"]["cancelAtPeriodEnd"] is False

    def test_nothing_to_resume(self, api: Client) -> None:
        assert error_of(api.post(RESUME)) == (404, "NOT_FOUND")

    @pytest.mark.parametrize("card", ["pm_card_chargeDeclined", "pm_card_authenticationRequired"])
    def test_an_unpaid_subscription_cannot_be_resumed(
        self, api: Client, user: User, stripe: StripeServer, card: str
    ) -> None:
        assert subscribe(api, "starter", card).status_code == 402
        deliver_all(events_of(stripe, user))
        answer = api.post(RESUME)
        assert (error_of(answer), reason_of(answer)) == ((404, "NOT_FOUND"), "no_subscription")

    def test_a_declined_attempt_does_not_hide_the_plan_before_it(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api, "starter")
        row = Subscription.objects.get(user=user)
        stripe.client().v1.subscriptions.cancel(row.stripe_id)
        deliver_all(events_of(stripe, user))
        assert subscribe(api, "starter", "pm_card_chargeDeclined").status_code == 402
        answer = api.post(RESUME)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "expired")

    def test_a_subscription_that_is_not_cancelled_cannot_be_resumed(self, api: Client) -> None:
        subscribe(api)
        answer = api.post(RESUME)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "not_cancelled")

    def test_after_it_has_ended(self, api: Client, user: User, stripe: StripeServer) -> None:
        now = timezone.now()
        clock = on_clock(stripe, user, now - timedelta(days=40))
        subscribe(api)
        stripe_id = Subscription.objects.get(user=user).stripe_id
        stripe.client().v1.subscriptions.update(stripe_id, {"cancel_at_period_end": True})
        later(stripe, user, clock, now - timedelta(days=1))
        answer = api.post(RESUME)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "expired")
        assert shown(api)["hasSubscription"] is False

    def test_a_subscription_expires_without_an_event(self, api: Client, user: User) -> None:
        subscribe(api)
        api.delete(SUBSCRIPTION)
        past = timezone.now() - timedelta(minutes=1)
        Subscription.objects.filter(user=user).update(period_end=past)
        answer = api.post(RESUME)
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "expired")
        assert shown(api)["hasSubscription"] is False

    def test_an_unavailable_stripe_changes_nothing(self, api: Client, settings: Any) -> None:
        subscribe(api)
        api.delete(SUBSCRIPTION)
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        assert error_of(api.post(RESUME)) == (503, "SERVICE_UNAVAILABLE")
        assert shown(api)["billing"]["cancelAtPeriodEnd"] is True


class TestAnotherMonth:
    def test_a_renewal_is_invoiced(self, api: Client, user: User, stripe: StripeServer) -> None:
        now = timezone.now()
        clock = on_clock(stripe, user, now)
        subscribe(api)
        first = Subscription.objects.get(user=user).period_end
        later(stripe, user, clock, now + timedelta(days=32))
        row = Subscription.objects.get(user=user)
        assert (row.status, row.period_start) == ("active", first)
        assert Invoice.objects.filter(user=user, status="paid").count() == 2
        assert OutgoingMail.objects.filter(kind="billing.receipt").count() == 2


class TestByHandAtStripe:
    """Actions of an operator in Stripe's dashboard."""

    def reprice(self, user: User, stripe: StripeServer) -> None:
        api = stripe.client().v1
        row = Subscription.objects.get(user=user)
        price = api.prices.create(
            {
                "product": "lumiku_plan_pro",
                "currency": "idr",
                "unit_amount": 19_900_000,
                "recurring": {"interval": "month"},
            }
        )
        items: Any = [{"id": row.item_id, "price": price.id}]
        api.subscriptions.update(row.stripe_id, {"items": items})

    def test_a_price_of_its_own_leaves_the_plan(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api)
        self.reprice(user, stripe)
        deliver_all(events_of(stripe, user))
        assert shown(api)["plan"] == "pro"

    def test_a_subscription_with_such_a_price_ends_like_any_other(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        subscribe(api)
        self.reprice(user, stripe)
        stripe.client().v1.subscriptions.cancel(Subscription.objects.get(user=user).stripe_id)
        deliver_all(events_of(stripe, user))
        assert shown(api)["hasSubscription"] is False
