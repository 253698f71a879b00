"""Invoices, cards, the customer portal, and the page that Stripe leads back to."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from billing.customers import services as customers
from billing.models import CreditPack, Customer
from common.http.auth import Scope
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.test_subscribe import error_of
from tests.billing.stripe.world import (
    CARD,
    card_of,
    checkout,
    customer_of,
    deliver_all,
    events_of,
    subscribe,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db

INVOICES = "/v1/billing/invoices"
PORTAL = "/v1/billing/portal"


def choose(api: Client, card: str) -> Any:
    return api.post(CARD, {"paymentMethodId": card}, content_type="application/json")


class TestInvoices:
    def test_a_subscription_and_a_pack_are_invoiced(
        self, api: Client, user: User, stripe: StripeServer, pack: CreditPack
    ) -> None:
        subscribe(api)
        order = checkout(api).json()["data"]
        stripe.pay(order["checkoutUrl"])
        deliver_all(events_of(stripe, user))
        data = api.get(INVOICES).json()["data"]
        found = {one["orderId"]: one for one in data["invoices"]}
        assert data["pagination"]["total"] == 2
        monthly = found[None]
        assert (monthly["amountPaid"], monthly["currency"], monthly["status"]) == (
            299_000,
            "IDR",
            "paid",
        )
        assert monthly["pdfUrl"].endswith("/pdf")
        assert stripe.get(monthly["pdfUrl"]).data.startswith(b"%PDF")
        assert found[order["orderId"]]["amountPaid"] == 10_000

    def test_pages(self, api: Client, user: User, stripe: StripeServer) -> None:
        subscribe(api, "starter")
        subscribe(api, "pro", card=None)
        deliver_all(events_of(stripe, user))
        page = api.get(INVOICES, {"limit": 1, "page": 2}).json()["data"]
        assert len(page["invoices"]) == 1
        assert page["invoices"][0]["amountPaid"] == 99_000
        assert page["pagination"]["hasPrev"] is True

    @pytest.mark.parametrize("staff", [False, True])
    def test_others_see_their_own(
        self, api: Client, user: User, stripe: StripeServer, staff: bool
    ) -> None:
        subscribe(api)
        deliver_all(events_of(stripe, user))
        other = Client(headers={"authorization": bearer(UserFactory(is_staff=staff))})
        assert other.get(INVOICES).json()["data"]["invoices"] == []

    def test_strangers_must_log_in(self) -> None:
        assert error_of(Client().get(INVOICES)) == (401, "UNAUTHORIZED")

    def test_a_key_needs_the_scope(self, user: User) -> None:
        denied = Client(headers={"X-API-Key": api_key_for(user, [Scope.REMOVAL_READ])})
        assert error_of(denied.get(INVOICES)) == (403, "FORBIDDEN")

    def test_bad_pages_are_refused(self, api: Client) -> None:
        assert error_of(api.get(INVOICES, {"page": 0})) == (400, "INVALID_INPUT")


class TestCard:
    def test_there_is_no_card_at_first(self, api: Client) -> None:
        assert api.get(CARD).json()["data"]["paymentMethod"] is None

    def test_a_page_gets_what_it_needs_to_collect_a_card(
        self, api: Client, stripe: StripeServer
    ) -> None:
        assert api.get(CARD).json()["data"]["publishableKey"] == stripe.publishable_key

    def test_a_chosen_card_is_shown(self, api: Client) -> None:
        assert choose(api, "pm_card_mastercard").status_code == 200
        card = api.get(CARD).json()["data"]["paymentMethod"]
        assert (card["type"], card["brand"], card["last4"]) == ("card", "mastercard", "4444")

    def test_a_known_card_pays_for_a_plan(self, api: Client) -> None:
        choose(api, "pm_card_visa")
        assert subscribe(api, card=None).status_code == 201

    def test_a_chosen_card_pays_the_running_plan(
        self, api: Client, stripe: StripeServer, user: User
    ) -> None:
        subscribe(api)
        card = choose(api, "pm_card_mastercard").json()["data"]["paymentMethod"]["id"]
        [row] = events_of(stripe, user)[-1:]
        assert row["data"]["object"]["default_payment_method"] == card

    def test_a_declined_card_is_not_chosen(self, api: Client) -> None:
        choose(api, "pm_card_visa")
        assert error_of(choose(api, "pm_card_chargeDeclined")) == (402, "PAYMENT_FAILED")
        assert api.get(CARD).json()["data"]["paymentMethod"]["last4"] == "4242"

    def test_an_unavailable_stripe_is_reported(self, api: Client, settings: Any) -> None:
        choose(api, "pm_card_visa")
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        assert error_of(api.get(CARD)) == (503, "SERVICE_UNAVAILABLE")
        assert error_of(choose(api, "pm_card_mastercard")) == (503, "SERVICE_UNAVAILABLE")

    def test_strangers_must_log_in(self) -> None:
        assert error_of(Client().get(CARD)) == (401, "UNAUTHORIZED")


class TestPortal:
    def test_a_customer_gets_a_link(self, api: Client, stripe: StripeServer) -> None:
        subscribe(api)
        answer = api.post(PORTAL)
        assert answer.status_code == 201
        assert stripe.get(answer.json()["data"]["url"]).status == 200

    def test_a_user_who_never_paid_has_no_portal(self, api: Client) -> None:
        assert error_of(api.post(PORTAL)) == (404, "NOT_FOUND")

    def test_strangers_must_log_in(self) -> None:
        assert error_of(Client().post(PORTAL)) == (401, "UNAUTHORIZED")


class TestLostCustomer:
    """Stripe no longer has the customer, or never had it, because the keys of another account are
    set.
    """

    @pytest.fixture(params=["deleted", "unknown"])
    def lost(self, request: pytest.FixtureRequest, api: Client, user: User, stripe: Any) -> str:
        choose(api, "pm_card_mastercard")
        customer = customer_of(user)
        if request.param == "deleted":
            stripe.client().v1.customers.delete(customer)
            return customer
        Customer.objects.update(stripe_id="cus_elsewhere")
        return "cus_elsewhere"

    def test_a_new_customer_subscribes(self, api: Client, user: User, lost: str) -> None:
        assert card_of(api) is None
        assert error_of(subscribe(api, card=None)) == (400, "MISSING_REQUIRED_FIELD")
        assert subscribe(api).status_code == 201
        assert card_of(api) == "4242"
        assert customer_of(user) != lost

    @pytest.mark.usefixtures("lost")
    def test_a_new_customer_buys_credits_and_stores_cards(
        self, api: Client, user: User, pack: CreditPack
    ) -> None:
        assert checkout(api).status_code == 201
        made = customer_of(user)
        assert choose(api, "pm_card_visa").status_code == 200
        assert customer_of(user) == made

    @pytest.mark.usefixtures("lost")
    def test_the_portal_answers_not_found(self, api: Client) -> None:
        assert error_of(api.post(PORTAL)) == (404, "NOT_FOUND")

    def test_events_of_a_replaced_customer_still_find_its_user(
        self, api: Client, user: User, lost: str
    ) -> None:
        subscribe(api)
        assert customers.user_of(lost) == customers.user_of(customer_of(user)) == user.pk
        assert customers.is_of(lost, user_id=user.pk)
        assert customer_of(user) != lost

    def test_a_lost_answer_creates_one_customer(
        self, api: Client, user: User, stripe: StripeServer, lost: str
    ) -> None:
        with dying_after(1):
            assert error_of(subscribe(api)) == (503, "SERVICE_UNAVAILABLE")
        assert subscribe(api).status_code == 201
        made = stripe.client().v1.customers.list({"email": user.email}).data
        there = [one.id for one in made if Customer.objects.filter(stripe_id=one.id).exists()]
        assert there == [customer_of(user)]
        # The earlier customer still exists when only its reference was deleted here.
        assert len(made) == (2 if lost == "cus_elsewhere" else 1)
        assert Customer.objects.filter(user=user).count() == 2


@pytest.mark.parametrize(
    ("query", "text"),
    [("?checkout=done", "Thank you"), ("?checkout=cancelled", "Nothing was paid"), ("", "Back")],
)
def test_the_page_that_stripe_leads_back_to(query: str, text: str) -> None:
    answer = Client().get(f"/v1/billing/return{query}")
    assert answer.status_code == 200
    assert text in answer.content.decode()
