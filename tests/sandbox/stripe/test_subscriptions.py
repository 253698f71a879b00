"""Subscriptions: the start with every kind of card, changes, and the end."""

from typing import Any, Literal

import pytest
import stripe
from stripe import Invoice, Price, Subscription
from stripe._v1_services import V1Services

from tests.stripe_server import StripeServer

from .conftest import DAY, START, MakeCustomer

_EXPAND = ["latest_invoice.payments", "latest_invoice.confirmation_secret"]
Behavior = Literal["allow_incomplete", "default_incomplete", "error_if_incomplete"]


def _subscribe(
    api: V1Services, customer: str, price: Price, behavior: Behavior = "allow_incomplete"
) -> Subscription:
    return api.subscriptions.create(
        {
            "customer": customer,
            "items": [{"price": price.id}],
            "payment_behavior": behavior,
            "expand": _EXPAND,
        }
    )


def _invoice(subscription: Subscription) -> Invoice:
    assert isinstance(subscription.latest_invoice, Invoice)
    return subscription.latest_invoice


def _intent(subscription: Subscription) -> str:
    payments = _invoice(subscription).payments
    assert payments is not None
    return str(payments.data[0].payment.payment_intent)


def _change(api: V1Services, subscription: Subscription, price: Price, **more: str) -> Subscription:
    item = subscription["items"].data[0].id
    params: Any = {"items": [{"id": item, "price": price.id}], "expand": _EXPAND, **more}
    return api.subscriptions.update(subscription.id, params)


def test_a_good_card_makes_it_active_and_its_invoice_paid(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer().id, prices["pro"])
    invoice = _invoice(made)
    assert (made.status, invoice.status) == ("active", "paid")
    assert (invoice.total, invoice.amount_paid, invoice.currency) == (29_900_000,) * 2 + ("idr",)
    assert invoice.billing_reason == "subscription_create"
    assert invoice["parent"]["subscription_details"]["subscription"] == made.id


def test_without_a_card_it_does_not_begin(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _subscribe(api, customer(None).id, prices["pro"])
    assert refused.value.code == "resource_missing"


def test_a_declined_card_leaves_it_incomplete(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer("pm_card_chargeCustomerFail").id, prices["pro"])
    assert (made.status, _invoice(made).status) == ("incomplete", "open")
    intent = api.payment_intents.retrieve(_intent(made))
    assert intent.status == "requires_payment_method"
    assert intent["last_payment_error"]["code"] == "card_declined"


def test_another_card_completes_it(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer("pm_card_chargeCustomerFail").id, prices["pro"])
    api.invoices.pay(_invoice(made).id, {"payment_method": "pm_card_visa"})
    assert api.subscriptions.retrieve(made.id).status == "active"


def test_paying_by_a_card_that_requires_authentication_is_an_error(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer("pm_card_chargeCustomerFail").id, prices["pro"])
    paying: Any = {"payment_method": "pm_card_threeDSecure2Required", "off_session": False}
    with pytest.raises(stripe.CardError) as refused:
        api.invoices.pay(_invoice(made).id, paying)
    assert refused.value.http_status == 402
    assert refused.value.code == "invoice_payment_intent_requires_action"
    stripe_server.authenticate(_intent(made))
    assert api.subscriptions.retrieve(made.id).status == "active"


def test_a_card_that_requires_authentication_waits_for_it(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer("pm_card_authenticationRequired").id, prices["pro"])
    intent = api.payment_intents.retrieve(_intent(made))
    assert (made.status, intent.status) == ("incomplete", "requires_action")
    secret = _invoice(made)["confirmation_secret"]["client_secret"]
    assert secret == intent.client_secret
    stripe_server.authenticate(intent.id)
    assert api.subscriptions.retrieve(made.id).status == "active"


def test_another_card_can_be_tried_after_a_failed_authentication(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer("pm_card_authenticationRequired").id, prices["pro"])
    stripe_server.authenticate(_intent(made), passed=False)
    assert api.subscriptions.retrieve(made.id).status == "incomplete"
    intent = api.payment_intents.confirm(_intent(made), {"payment_method": "pm_card_visa"})
    assert intent.status == "succeeded"
    assert api.subscriptions.retrieve(made.id).status == "active"


def test_error_if_incomplete_says_why(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    owner = customer("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as refused:
        _subscribe(api, owner.id, prices["pro"], "error_if_incomplete")
    assert refused.value.code == "subscription_payment_intent_requires_action"
    assert api.subscriptions.list({"customer": owner.id, "status": "all"}).data == []


def test_default_incomplete_leaves_paying_to_the_client(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = _subscribe(api, customer(None).id, prices["pro"], "default_incomplete")
    assert made.status == "incomplete"
    api.payment_intents.confirm(_intent(made), {"payment_method": "pm_card_visa"})
    assert api.subscriptions.retrieve(made.id).status == "active"


def test_the_card_that_paid_first_can_be_kept(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    made = api.subscriptions.create(
        {
            "customer": customer(None).id,
            "items": [{"price": prices["pro"].id}],
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "expand": _EXPAND,
        }
    )
    intent = api.payment_intents.confirm(_intent(made), {"payment_method": "pm_card_visa"})
    assert api.subscriptions.retrieve(made.id).default_payment_method == intent.payment_method


def test_a_first_invoice_of_nothing_asks_for_a_card_to_keep(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    owner = customer(None)
    api.customers.update(owner.id, {"balance": -50_000_000})
    made = _subscribe(api, owner.id, prices["pro"], "default_incomplete")
    assert (made.status, _invoice(made).amount_due) == ("active", 0)
    setup = api.setup_intents.confirm(
        str(made.pending_setup_intent), {"payment_method": "pm_card_visa"}
    )
    after = api.subscriptions.retrieve(made.id)
    assert (after.pending_setup_intent, after.default_payment_method) == (
        None,
        setup.payment_method,
    )
    assert api.customers.retrieve(owner.id).balance == -20_100_000


def test_it_ends_with_its_period_and_can_be_resumed_before(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    for wanted in (True, False, True):
        changed = api.subscriptions.update(renewing.id, {"cancel_at_period_end": wanted})
        assert (changed.cancel_at is not None) is wanted
    end = renewing["items"].data[0].current_period_end
    stripe_server.advance(clock, end - 1)
    assert api.subscriptions.retrieve(renewing.id).status == "active"
    stripe_server.advance(clock, end + 1)
    ended = api.subscriptions.retrieve(renewing.id)
    assert (ended.status, ended.ended_at) == ("canceled", end)


def test_it_ends_at_once(api: V1Services, renewing: Subscription) -> None:
    ended = api.subscriptions.cancel(renewing.id)
    assert (ended.status, ended.ended_at) == ("canceled", START)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.subscriptions.cancel(renewing.id)
    assert refused.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError):
        api.subscriptions.update(renewing.id, {"cancel_at_period_end": False})


def test_half_a_period_costs_half_of_the_difference(
    stripe_server: StripeServer,
    api: V1Services,
    renewing: Subscription,
    clock: str,
    prices: dict[str, Price],
) -> None:
    item = renewing["items"].data[0]
    stripe_server.advance(clock, (item.current_period_start + item.current_period_end) // 2)
    after = _change(api, renewing, prices["pro"], proration_behavior="always_invoice")
    invoice = _invoice(after)
    assert [line.amount for line in invoice.lines.data] == [-4_950_000, 14_950_000]
    assert (invoice.status, invoice.total) == ("paid", 10_000_000)
    assert after["items"].data[0].price.id == prices["pro"].id
    assert after["items"].data[0].current_period_end == item.current_period_end


def test_a_downgrade_is_credited_on_the_next_invoice(
    stripe_server: StripeServer,
    api: V1Services,
    customer: MakeCustomer,
    clock: str,
    prices: dict[str, Price],
) -> None:
    made = _subscribe(api, customer(clock=clock).id, prices["pro"])
    after = _change(api, made, prices["starter"], proration_behavior="create_prorations")
    assert _invoice(after).id == _invoice(made).id
    stripe_server.advance(clock, made["items"].data[0].current_period_end + 2 * 3600)
    renewed = api.subscriptions.retrieve(made.id, {"expand": ["latest_invoice"]})
    assert _invoice(renewed).total == 9_900_000 - 29_900_000 + 9_900_000
    assert api.customers.retrieve(str(made.customer)).balance == -10_100_000


def test_a_change_without_proration_costs_nothing_now(
    api: V1Services, renewing: Subscription, prices: dict[str, Price]
) -> None:
    _change(api, renewing, prices["pro"], proration_behavior="none")
    assert api.invoice_items.list({"customer": str(renewing.customer)}).data == []


def test_a_change_that_waits_is_made_when_it_is_paid(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, prices: dict[str, Price]
) -> None:
    method = api.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": str(renewing.customer)}
    )
    api.subscriptions.update(renewing.id, {"default_payment_method": method.id})
    waiting = _change(
        api,
        renewing,
        prices["pro"],
        proration_behavior="always_invoice",
        payment_behavior="pending_if_incomplete",
    )
    assert waiting.status == "active"
    assert waiting["items"].data[0].price.id == prices["starter"].id
    planned = waiting["pending_update"]["subscription_items"][0]
    assert planned["price"]["id"] == prices["pro"].id
    stripe_server.authenticate(_intent(waiting))
    after = api.subscriptions.retrieve(renewing.id)
    assert after["items"].data[0].price.id == prices["pro"].id
    assert after.pending_update is None


def test_a_change_that_waits_is_dropped_with_its_invoice(
    api: V1Services, renewing: Subscription, prices: dict[str, Price]
) -> None:
    method = api.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": str(renewing.customer)}
    )
    api.subscriptions.update(renewing.id, {"default_payment_method": method.id})
    waiting = _change(
        api,
        renewing,
        prices["pro"],
        proration_behavior="always_invoice",
        payment_behavior="pending_if_incomplete",
    )
    assert api.invoices.void_invoice(_invoice(waiting).id).status == "void"
    after = api.subscriptions.retrieve(renewing.id)
    assert (after.status, after.pending_update) == ("active", None)
    assert after["items"].data[0].price.id == prices["starter"].id


def test_a_change_that_could_not_be_paid_is_refused_whole(
    api: V1Services, renewing: Subscription, prices: dict[str, Price]
) -> None:
    method = api.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": str(renewing.customer)}
    )
    api.subscriptions.update(renewing.id, {"default_payment_method": method.id})
    with pytest.raises(stripe.CardError):
        _change(
            api,
            renewing,
            prices["pro"],
            proration_behavior="always_invoice",
            payment_behavior="error_if_incomplete",
        )
    after = api.subscriptions.retrieve(renewing.id)
    assert after["items"].data[0].price.id == prices["starter"].id


def test_a_new_anchor_bills_a_whole_period_now(
    stripe_server: StripeServer, api: V1Services, renewing: Subscription, clock: str
) -> None:
    stripe_server.advance(clock, START + 10 * DAY)
    now: Any = {"billing_cycle_anchor": "now", "expand": ["latest_invoice"]}
    after = api.subscriptions.update(renewing.id, now)
    assert after["items"].data[0].current_period_start == START + 10 * DAY
    amounts = [line.amount for line in _invoice(after).lines.data]
    assert amounts == [-6_600_000, 9_900_000]


@pytest.mark.parametrize("status", ["active", "all", "canceled"])
def test_subscriptions_are_listed_by_status(
    api: V1Services,
    renewing: Subscription,
    status: Literal["active", "all", "canceled"],
) -> None:
    found = api.subscriptions.list({"customer": str(renewing.customer), "status": status})
    assert bool(found.data) is (status != "canceled")
