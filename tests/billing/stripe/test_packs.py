"""Purchases of credits: `GET /billing/packs`, `POST /billing/checkout`, and the payment's
effects.
"""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.debts import services as debts
from billing.models import Account, CreditOrder, CreditPack, Customer, Debt, Entry, StripeEvent
from billing.webhooks import processor
from tests.accounts.factories import UserFactory, bearer
from tests.billing.factories import fresh_key, hold_for
from tests.billing.stripe.flaky import dying_after
from tests.billing.stripe.world import (
    CHECKOUT,
    all_events,
    checkout,
    customer_of,
    deliver,
    deliver_all,
    events_of,
)
from tests.stripe_server import StripeServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pack")]


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def credits_of(user: User) -> int:
    return ledger.balance(user_id=user.pk).available


def buy(api: Client, user: User, stripe: StripeServer) -> CreditOrder:
    answer = checkout(api)
    assert answer.status_code == 201, answer.content
    data = answer.json()["data"]
    assert stripe.pay(data["checkoutUrl"]).status == 303
    deliver_all(events_of(stripe, user))
    return CreditOrder.objects.get(public_id=data["orderId"])


def refund(stripe: StripeServer, order: CreditOrder, rupiah: int | None = None) -> None:
    wanted: dict[str, Any] = {"payment_intent": order.payment_intent}
    if rupiah is not None:
        wanted["amount"] = rupiah * 100
    stripe.client().v1.refunds.create(wanted)  # type: ignore[arg-type]


def test_the_packs_on_sale_are_public(pack: CreditPack) -> None:
    CreditPack.objects.exclude(pk=pack.pk).update(active=False)
    answer = Client().get("/v1/billing/packs")
    assert answer.json()["data"] == {
        "packs": [
            {
                "id": "hundred",
                "name": "Hundred",
                "credits": 100,
                "price": 10000,
                "currency": "IDR",
            }
        ]
    }


def test_a_paid_page_grants_once(api: Client, user: User, stripe: StripeServer) -> None:
    order = buy(api, user, stripe)
    assert credits_of(user) == 100
    assert order.paid_at is not None
    assert order.payment_intent.startswith("pi_")
    [grant] = Entry.objects.filter(account__user=user)
    assert (grant.key, grant.reason) == (f"payment:{order.payment_intent}", "Bought: Hundred")
    assert grant.reference == order.public_id


def test_the_ledger_and_the_invoice_name_the_order(
    api: Client, user: User, stripe: StripeServer
) -> None:
    order = buy(api, user, stripe)
    [entry] = api.get("/v1/billing/ledger").json()["data"]["entries"]
    [invoice] = api.get("/v1/billing/invoices").json()["data"]["invoices"]
    assert entry["reference"] == invoice["orderId"] == order.public_id


def test_the_page_asks_for_the_packs_price(api: Client, stripe: StripeServer) -> None:
    data = checkout(api).json()["data"]
    assert (data["credits"], data["amount"], data["currency"]) == (100, 10_000, "IDR")
    order = CreditOrder.objects.get(public_id=data["orderId"])
    page = stripe.client().v1.checkout.sessions.retrieve(order.checkout_session)
    assert (page.amount_total, page.currency) == (1_000_000, "idr")


def test_a_changed_pack_gets_another_price(
    api: Client, pack: CreditPack, stripe: StripeServer
) -> None:
    checkout(api)
    CreditPack.objects.filter(pk=pack.pk).update(price_idr=12_000)
    order = CreditOrder.objects.get(public_id=checkout(api).json()["data"]["orderId"])
    page = stripe.client().v1.checkout.sessions.retrieve(order.checkout_session)
    assert page.amount_total == 1_200_000


def test_an_unpaid_page_grants_nothing(api: Client, user: User, stripe: StripeServer) -> None:
    checkout(api)
    deliver_all(events_of(stripe, user))
    assert credits_of(user) == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pack": "gold"}, "INVALID_INPUT"),
        ({"pack": "retired"}, "INVALID_INPUT"),
        ({}, "MISSING_REQUIRED_FIELD"),
        ({"pack": "hundred", "credits": 9}, "INVALID_INPUT"),
        ({"pack": "x" * 500}, "INVALID_INPUT"),
    ],
)
def test_bad_input_is_refused(api: Client, body: dict[str, Any], code: str) -> None:
    CreditPack.objects.create(slug="retired", name="Old", credits=1, price_idr=10_000, active=False)
    answer = api.post(CHECKOUT, body, content_type="application/json")
    assert error_of(answer) == (400, code)
    assert not CreditOrder.objects.exists()


def test_strangers_must_log_in() -> None:
    assert error_of(checkout(Client())) == (401, "UNAUTHORIZED")


def test_an_unavailable_stripe_sells_nothing(api: Client, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert error_of(checkout(api)) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("calls_before", range(3))
def test_asking_again_after_a_lost_answer_gives_one_page(
    api: Client, stripe: StripeServer, calls_before: int
) -> None:
    checkout(Client(headers={"authorization": bearer(UserFactory())}))
    CreditOrder.objects.all().delete()
    with dying_after(calls_before):
        assert error_of(checkout(api)) == (503, "SERVICE_UNAVAILABLE")
    assert checkout(api).status_code == 201
    assert CreditOrder.objects.count() == 1


def test_a_whole_refund_takes_all_credits_back_once(
    api: Client, user: User, stripe: StripeServer
) -> None:
    order = buy(api, user, stripe)
    refund(stripe, order)
    for _ in range(2):
        deliver_all(events_of(stripe, user))
    order.refresh_from_db()
    assert (credits_of(user), order.reversed, order.lost_idr) == (0, 100, 10_000)


def test_partial_refunds_take_their_share(api: Client, user: User, stripe: StripeServer) -> None:
    order = buy(api, user, stripe)
    refund(stripe, order, 3_333)
    deliver_all(events_of(stripe, user))
    assert credits_of(user) == 100 - 33
    refund(stripe, order, 3_333)
    deliver_all(events_of(stripe, user))
    assert credits_of(user) == 100 - 66
    refund(stripe, order, 3_334)
    deliver_all(events_of(stripe, user))
    assert credits_of(user) == 0


def test_a_refund_event_that_arrives_before_the_payment(
    api: Client, user: User, stripe: StripeServer
) -> None:
    data = checkout(api).json()["data"]
    stripe.pay(data["checkoutUrl"])
    paid = stripe.client().v1.payment_intents.list({"customer": customer_of(user)}).data[0]
    stripe.client().v1.refunds.create({"payment_intent": paid.id})
    deliver_all(reversed(events_of(stripe, user)))
    kinds = Entry.objects.filter(account__user=user).order_by("sequence")
    assert list(kinds.values_list("kind", "delta_available")) == [("grant", 100), ("adjust", -100)]


def test_spent_credits_become_a_debt_that_later_credits_pay(
    api: Client, user: User, stripe: StripeServer
) -> None:
    order = buy(api, user, stripe)
    ledger.adjust(user_id=user.pk, credits=-70, key=fresh_key(), reason="Spent", actor_id=None)
    refund(stripe, order)
    deliver_all(events_of(stripe, user))
    assert (credits_of(user), debts.owed(user_id=user.pk)) == (0, 70)
    buy(api, user, stripe)
    assert (credits_of(user), debts.owed(user_id=user.pk)) == (30, 0)
    taken = Entry.objects.filter(account__user=user, reason="Payment returned: Hundred")
    assert [(line.delta_available, line.reference) for line in taken.order_by("sequence")] == [
        (-30, order.public_id),
        (-70, order.public_id),
    ]


def test_held_credits_are_collected_when_they_are_released(
    api: Client, user: User, stripe: StripeServer, settings: Any
) -> None:
    order = buy(api, user, stripe)
    hold = hold_for(user, 40)
    refund(stripe, order)
    deliver_all(events_of(stripe, user))
    assert debts.owed(user_id=user.pk) == 40
    ledger.release_hold(hold_id=hold.pk)
    assert debts.collect_all(now=order.created_at) == 40
    assert (credits_of(user), debts.owed(user_id=user.pk)) == (0, 0)


class TestDisputes:
    @pytest.fixture
    def order(self, api: Client, user: User, stripe: StripeServer) -> CreditOrder:
        order = buy(api, user, stripe)
        charge = stripe.client().v1.charges.list({"payment_intent": order.payment_intent}).data[0]
        stripe.dispute(charge.id)
        deliver_all(everything(stripe, order))
        return order

    def decide(self, order: CreditOrder, user: User, stripe: StripeServer, *, won: bool) -> None:
        found = stripe.client().v1.disputes.list({"payment_intent": order.payment_intent})
        stripe.decide(found.data[0].id, won=won)
        deliver_all(everything(stripe, order))

    def test_a_dispute_takes_the_credits_back(self, order: CreditOrder, user: User) -> None:
        assert credits_of(user) == 0

    def test_a_lost_dispute_takes_nothing_more(
        self, order: CreditOrder, user: User, stripe: StripeServer
    ) -> None:
        self.decide(order, user, stripe, won=False)
        assert credits_of(user) == 0

    def test_a_won_dispute_gives_the_credits_back(
        self, order: CreditOrder, user: User, stripe: StripeServer
    ) -> None:
        self.decide(order, user, stripe, won=True)
        assert credits_of(user) == 100

    def test_a_won_dispute_pays_its_debt(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        order = buy(api, user, stripe)
        ledger.adjust(user_id=user.pk, credits=-80, key=fresh_key(), reason="Used", actor_id=None)
        charge = stripe.client().v1.charges.list({"payment_intent": order.payment_intent}).data[0]
        stripe.dispute(charge.id)
        deliver_all(everything(stripe, order))
        assert (credits_of(user), debts.owed(user_id=user.pk)) == (0, 80)
        self.decide(order, user, stripe, won=True)
        assert (credits_of(user), debts.owed(user_id=user.pk)) == (20, 0)


def everything(stripe: StripeServer, order: CreditOrder) -> list[dict[str, Any]]:
    """All events that refer to the payment, including disputes, which name no customer."""
    return [one for one in all_events(stripe) if order.payment_intent in str(one["data"])]


class TestDeletedUsers:
    """Rows of a deleted user have no user; the account and its ledger stay."""

    def account(self, order: CreditOrder) -> Account:
        grant = Entry.objects.get(kind="grant", key=f"payment:{order.payment_intent}")
        return grant.account

    @pytest.fixture
    def order(self, api: Client, user: User, stripe: StripeServer) -> CreditOrder:
        order = buy(api, user, stripe)
        ledger.adjust(user_id=user.pk, credits=-70, key=fresh_key(), reason="Used", actor_id=None)
        user.delete()
        return order

    def test_a_refund_is_taken_back_once(self, order: CreditOrder, stripe: StripeServer) -> None:
        refund(stripe, order)
        for _ in range(2):
            deliver_all(everything(stripe, order))
        order.refresh_from_db()
        assert (order.reversed, self.account(order).available) == (100, 0)
        assert Debt.objects.get().credits == 70

    @pytest.mark.parametrize(("won", "left", "owed"), [(True, 30, 0), (False, 0, 70)])
    def test_a_dispute_after_erasure_is_processed(
        self, order: CreditOrder, stripe: StripeServer, won: bool, left: int, owed: int
    ) -> None:
        charge = stripe.client().v1.charges.list({"payment_intent": order.payment_intent}).data[0]
        stripe.dispute(charge.id)
        deliver_all(everything(stripe, order))
        found = stripe.client().v1.disputes.list({"payment_intent": order.payment_intent})
        stripe.decide(found.data[0].id, won=won)
        deliver_all(everything(stripe, order))
        assert self.account(order).available == left
        assert sum(debt.credits - debt.paid for debt in Debt.objects.all()) == owed

    def test_a_payment_after_the_deletion_is_to_be_refunded(
        self, api: Client, user: User, stripe: StripeServer
    ) -> None:
        data = checkout(api).json()["data"]
        customer = customer_of(user)
        user.delete()
        stripe.pay(data["checkoutUrl"])
        [paid] = stripe.client().v1.payment_intents.list({"customer": customer}).data
        event = {**NEWS, "data": {"object": {"id": paid.id, "object": "payment_intent"}}}
        deliver(event)
        processor.run()
        assert f"refund {paid.id}" in StripeEvent.objects.get().last_error
        stripe.client().v1.refunds.create({"payment_intent": paid.id})
        processor.replay(event_id=StripeEvent.objects.get().pk, now=timezone.now())
        processor.run()
        assert StripeEvent.objects.get().status == "done"
        assert CreditOrder.objects.get().closed_at is not None
        assert not Entry.objects.exists()


NEWS: dict[str, Any] = {
    "id": "evt_news",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": 1_736_900_000,
}


class TestMismatches:
    """Payments that differ from their order wait for an operator and grant nothing."""

    def pay_for(
        self, stripe: StripeServer, customer: str, order: str, amount: int, currency: str
    ) -> None:
        paid = stripe.client().v1.payment_intents.create(
            {
                "customer": customer,
                "amount": amount,
                "currency": currency,
                "payment_method": "pm_card_visa",
                "confirm": True,
                "metadata": {"order": order},
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )
        found = stripe.client().v1.events.list({"type": "payment_intent.succeeded", "limit": 20})
        events = [event.to_dict(for_json=True) for event in found.data]
        [event] = [one for one in events if one["data"]["object"]["id"] == paid.id]
        assert deliver(event).status_code == 200
        processor.run()

    def failure(self) -> str:
        return StripeEvent.objects.get(status="failed").last_error

    @pytest.fixture
    def order(self, api: Client) -> CreditOrder:
        return CreditOrder.objects.get(public_id=checkout(api).json()["data"]["orderId"])

    def test_a_wrong_currency(self, order: CreditOrder, user: User, stripe: StripeServer) -> None:
        self.pay_for(stripe, customer_of(user), order.public_id, 1_000_000, "usd")
        assert "1000000 usd were paid" in self.failure()
        assert credits_of(user) == 0

    def test_too_little(self, order: CreditOrder, user: User, stripe: StripeServer) -> None:
        self.pay_for(stripe, customer_of(user), order.public_id, 999_900, "idr")
        assert "999900 idr were paid" in self.failure()
        assert credits_of(user) == 0

    def test_rupiah_counted_as_if_they_had_no_hundredths(
        self, order: CreditOrder, user: User, stripe: StripeServer
    ) -> None:
        CreditOrder.objects.filter(pk=order.pk).update(amount_idr=1_000_000)
        self.pay_for(stripe, customer_of(user), order.public_id, 1_000_000, "idr")
        assert "costs 100000000 idr" in self.failure()

    def test_order_of_another_user(
        self, order: CreditOrder, user: User, stripe: StripeServer
    ) -> None:
        thief = UserFactory()
        checkout(Client(headers={"authorization": bearer(thief)}))
        self.pay_for(stripe, customer_of(thief), order.public_id, 1_000_000, "idr")
        assert "did not place" in self.failure()
        assert credits_of(user) == credits_of(thief) == 0

    def test_an_order_that_does_not_exist(self, api: Client, stripe: StripeServer) -> None:
        checkout(api)
        customer = Customer.objects.get().stripe_id
        self.pay_for(stripe, customer, "order_unknown", 1_000_000, "idr")
        assert "there is no order" in self.failure()


def returning(api: Client, **pages: str) -> Any:
    body = {"pack": "hundred", **pages}
    return api.post(CHECKOUT, body, content_type="application/json")


def test_a_payment_leads_back_to_the_page_that_the_caller_names(
    api: Client, stripe: StripeServer, settings: Any
) -> None:
    settings.RETURN_ORIGINS = ["https://shop.example.com"]
    answer = returning(api, successUrl="https://shop.example.com/thanks?order=1")
    assert answer.status_code == 201, answer.content
    paid = stripe.pay(answer.json()["data"]["checkoutUrl"])
    assert paid.headers["Location"] == "https://shop.example.com/thanks?order=1"


@pytest.mark.parametrize("field", ["successUrl", "cancelUrl"])
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/",
        "https://shop.example.com.evil.test/",
        "https://shop.example.com@evil.test/",
        "https://evil.test\\@shop.example.com/",
        "http://shop.example.com/",
        "//shop.example.com/",
        "javascript:alert(1)",
        "https://[",
    ],
)
def test_it_leads_to_no_origin_that_is_not_allowed(
    api: Client, settings: Any, field: str, url: str
) -> None:
    settings.RETURN_ORIGINS = ["https://shop.example.com"]
    answer = returning(api, **{field: url})
    assert error_of(answer) == (400, "INVALID_INPUT")
    assert "https://shop.example.com" in answer.json()["error"]["details"]["allowed"]
    assert not CreditOrder.objects.exists()


def test_an_unknown_pack_is_refused_with_a_list_of_the_packs(api: Client) -> None:
    answer = api.post(CHECKOUT, {"pack": "huge"}, content_type="application/json")
    assert error_of(answer) == (400, "INVALID_INPUT")
    assert "use one of" in answer.json()["error"]["message"]
    assert "hundred" in answer.json()["error"]["message"]
