"""A renewal that was not paid: the grace period, a late payment, and the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import reconcile, services
from billing.errors import InsufficientCredits
from billing.models import Subscription
from billing.stripe import gateway
from billing.stripe.errors import StripeRefused, StripeUnavailable
from billing.subscriptions import services as subscriptions
from billing.subscriptions import sync
from common.models import OutgoingMail
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.test_lifecycle import shown
from tests.billing.stripe.test_subscribe import error_of, plans_at, reason_of
from tests.billing.stripe.world import (
    SUBSCRIPTION,
    charge_to,
    deliver_all,
    events_of,
    later,
    on_clock,
    pay_overdue,
    subscribe,
    unpaid_at,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db


class TestOverdue:
    @pytest.fixture
    def clock(self, api: Client, user: User, stripe: StripeServer) -> str:
        """A subscription of 40 days, whose second month, ten days ago, was not paid."""
        self.now = timezone.now()
        clock = on_clock(stripe, user, self.now - timedelta(days=40))
        subscribe(api)
        charge_to(stripe, user, "pm_card_chargeCustomerFail")
        later(stripe, user, clock, self.now - timedelta(days=8))
        return clock

    @pytest.mark.usefixtures("clock")
    def test_the_plan_goes_on_during_the_grace(self, api: Client, user: User) -> None:
        row = Subscription.objects.get(user=user)
        assert row.status == "past_due"
        assert row.grace_until
        assert row.grace_until - row.period_start <= timedelta(days=7, hours=2)
        Subscription.objects.update(grace_until=timezone.now() + timedelta(hours=1))
        assert shown(api)["status"] == "past_due"
        reservation = services.reserve_single(
            user_id=user.pk, tier="basic", reference="job", key="job:1", now=timezone.now()
        )
        assert reservation.credits == 0

    @pytest.mark.usefixtures("clock")
    def test_after_the_grace_it_pays_no_more(self, user: User) -> None:
        with pytest.raises(InsufficientCredits):
            services.reserve_single(
                user_id=user.pk, tier="basic", reference="job", key="job:1", now=timezone.now()
            )

    @pytest.mark.usefixtures("clock")
    def test_after_the_grace_it_is_ended(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        assert reconcile.expire_grace(now=self.now) == 1
        assert reconcile.expire_grace(now=self.now) == 0
        assert Subscription.objects.get(user=user).status == "canceled"
        assert shown(api)["hasSubscription"] is False
        deliver_all(events_of(stripe, user))
        assert OutgoingMail.objects.filter(kind="billing.subscription_ended").count() == 1

    @pytest.mark.usefixtures("clock")
    def test_the_user_is_told_once(self, user: User, stripe: StripeServer) -> None:
        deliver_all(events_of(stripe, user))
        [mail] = OutgoingMail.objects.filter(kind="billing.payment_failed")
        assert mail.context["amount"] == "Rp 299,000"

    @pytest.mark.usefixtures("clock")
    def test_another_card_pays_what_is_due(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        answer = subscribe(api, "pro", card="pm_card_mastercard")
        assert answer.status_code == 201
        assert answer.json()["data"]["amountCharged"] == 299_000
        assert plans_at(stripe, user) == [("active", 29_900_000)]
        assert Subscription.objects.get(user=user).grace_until is None

    @pytest.mark.usefixtures("clock")
    def test_another_bad_card_is_declined(self, api: Client, user: User) -> None:
        answer = subscribe(api, "pro", card="pm_card_chargeDeclinedInsufficientFunds")
        assert error_of(answer) == (402, "PAYMENT_FAILED")
        assert Subscription.objects.get(user=user).status == "past_due"

    @pytest.mark.usefixtures("clock")
    def test_a_card_whose_bank_asks(self, api: Client, user: User, stripe: StripeServer) -> None:
        answer = subscribe(api, "pro", card="pm_card_threeDSecure2Required")
        assert error_of(answer) == (402, "PAYMENT_ACTION_REQUIRED")
        stripe.authenticate(answer.json()["error"]["details"]["paymentIntentId"])
        deliver_all(events_of(stripe, user))
        assert Subscription.objects.get(user=user).status == "active"

    @pytest.mark.usefixtures("clock")
    def test_another_plan_is_refused_until_then(self, api: Client) -> None:
        answer = subscribe(api, "starter", card="pm_card_visa")
        assert (error_of(answer), reason_of(answer)) == ((409, "CONFLICT"), "past_due")

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("calls_before", [0, 2, 3, 4, 6])
    def test_a_lost_answer_to_cancelling_is_given_again(
        self, api: Client, calls_before: int
    ) -> None:
        with dying_after(calls_before):
            assert error_of(api.delete(SUBSCRIPTION)) == (503, "SERVICE_UNAVAILABLE")
        answer = api.delete(SUBSCRIPTION)
        assert answer.status_code == 200
        assert answer.json()["data"]["remainingDays"] == 0

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("by", ["its owner", "the end of the grace"])
    def test_a_crash_after_voiding_still_ends_it_with_its_month(
        self, user: User, stripe: StripeServer, by: str
    ) -> None:
        row = Subscription.objects.get(user=user)
        acts: dict[str, Callable[[], object]] = {
            "its owner": lambda: subscriptions.cancel(user=user, now=self.now),
            "the end of the grace": lambda: reconcile.expire_grace(now=self.now),
        }
        with dying_after(3), pytest.raises(StripeUnavailable):
            acts[by]()
        assert unpaid_at(stripe, user) == []
        left = stripe.client().v1.subscriptions.retrieve(row.stripe_id)
        assert (left.status, left.cancel_at_period_end) == ("past_due", True)
        deliver_all(events_of(stripe, user))
        assert not OutgoingMail.objects.filter(kind="billing.cancellation").exists()
        assert reconcile.expire_grace(now=self.now) == 1
        assert plans_at(stripe, user) == [("canceled", 29_900_000)]

    @pytest.mark.usefixtures("clock")
    def test_cancelling_ends_it_at_once(self, api: Client) -> None:
        data = api.delete(SUBSCRIPTION).json()["data"]
        assert data["remainingDays"] == 0
        assert shown(api)["hasSubscription"] is False

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("by", ["its owner", "the end of the grace", "its owner's erasure"])
    def test_nothing_is_left_to_pay_when_it_has_ended(
        self, api: Client, user: User, stripe: StripeServer, by: str
    ) -> None:
        assert len(unpaid_at(stripe, user)) == 1
        if by == "its owner":
            api.delete(SUBSCRIPTION)
        elif by == "the end of the grace":
            reconcile.expire_grace(now=self.now)
        else:
            Subscription.objects.update(user=None)
            reconcile.end_ownerless(now=self.now)
        assert Subscription.objects.get().status == "canceled"
        assert unpaid_at(stripe, user) == []

    @pytest.mark.usefixtures("clock")
    def test_a_month_that_was_just_paid_is_kept(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        pay_overdue(stripe, user)
        assert api.delete(SUBSCRIPTION).json()["data"]["remainingDays"] > 0
        assert (shown(api)["status"], shown(api)["billing"]["cancelAtPeriodEnd"]) == (
            "active",
            True,
        )

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("by", ["its owner", "the end of the grace"])
    def test_a_payment_at_the_last_moment_keeps_the_month(
        self, api: Client, user: User, stripe: StripeServer, by: str, monkeypatch: Any
    ) -> None:
        void = gateway.void_invoice

        def too_late(*, invoice_id: str, key: str) -> Any:
            pay_overdue(stripe, user)
            return void(invoice_id=invoice_id, key=key)

        monkeypatch.setattr(gateway, "void_invoice", too_late)
        if by == "its owner":
            assert api.delete(SUBSCRIPTION).json()["data"]["remainingDays"] > 0
        else:
            assert reconcile.expire_grace(now=self.now) == 0
        assert shown(api)["status"] == "active"
        assert shown(api)["billing"]["cancelAtPeriodEnd"] is (by == "its owner")

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("by", ["its owner", "the end of the grace"])
    def test_a_payment_during_the_look_up_keeps_the_month(
        self, api: Client, user: User, stripe: StripeServer, by: str, monkeypatch: Any
    ) -> None:
        look = gateway.payable_invoices

        def too_late(subscription_id: str) -> Any:
            pay_overdue(stripe, user)
            return look(subscription_id)

        monkeypatch.setattr(gateway, "payable_invoices", too_late)
        if by == "its owner":
            assert api.delete(SUBSCRIPTION).json()["data"]["remainingDays"] > 0
        else:
            assert reconcile.expire_grace(now=self.now) == 0
        assert shown(api)["status"] == "active"

    @pytest.mark.usefixtures("clock")
    @pytest.mark.parametrize("seen_by", ["its owner", "an event"])
    def test_an_invoice_of_an_ended_subscription_cannot_be_paid(
        self, api: Client, user: User, stripe: StripeServer, seen_by: str
    ) -> None:
        row = Subscription.objects.get(user=user)
        stripe.client().v1.subscriptions.cancel(row.stripe_id)
        assert len(unpaid_at(stripe, user)) == 1
        if seen_by == "its owner":
            assert api.delete(SUBSCRIPTION).json()["data"]["remainingDays"] == 0
        else:
            deliver_all(events_of(stripe, user))
        assert shown(api)["hasSubscription"] is False
        assert unpaid_at(stripe, user) == []

    @pytest.mark.usefixtures("clock")
    def test_an_invoice_left_open_is_voided_by_the_next_run(
        self, user: User, stripe: StripeServer
    ) -> None:
        row = Subscription.objects.get(user=user)
        stripe.client().v1.subscriptions.cancel(row.stripe_id)
        with dying_after(1), pytest.raises(StripeUnavailable):
            sync.refresh(stripe_id=row.stripe_id, now=timezone.now())
        assert len(unpaid_at(stripe, user)) == 1
        assert sync.refresh(stripe_id=row.stripe_id, now=timezone.now()).ended_at
        assert unpaid_at(stripe, user) == []

    @pytest.mark.usefixtures("clock")
    def test_it_ends_even_if_an_invoice_cannot_be_voided(
        self, user: User, stripe: StripeServer, caplog: Any, monkeypatch: Any
    ) -> None:
        row = Subscription.objects.get(user=user)
        stripe.client().v1.subscriptions.cancel(row.stripe_id)

        def refuse(*, invoice_id: str, key: str) -> Any:
            raise StripeRefused("Not now", code=None, field=None)

        monkeypatch.setattr(gateway, "void_invoice", refuse)
        assert sync.refresh(stripe_id=row.stripe_id, now=timezone.now()).ended_at
        assert (
            f"{row.stripe_id} has ended, but one of its invoices can still be paid" in caplog.text
        )
