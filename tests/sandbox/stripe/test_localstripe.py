"""The same behaviour of our server and of localstripe, which implements some of the objects.

localstripe implements an older version of the API, so only the common part is compared.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe import StripeClient
from stripe._v1_services import V1Services

from sandbox.ports import accepts, free_port
from sandbox.process import Child, Process, wait_ready
from sandbox.watchdog import Watchdog
from tests.stripe_server import StripeServer

GOOD, REFUSED, FAILS, ASKS = (
    "4242424242424242",
    "4000000000000002",
    "4000000000000341",
    "4000002760003184",
)


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeClient]:
    port, watchdog = free_port(), Watchdog()
    folder: Path = tmp_path_factory.mktemp("localstripe")
    child = Child(
        name="localstripe",
        argv=(sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"),
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
        ready=lambda: accepts(port),
    )
    with (folder / "log").open("wb") as log:
        process = Process(child, watchdog=watchdog, output=log)
        wait_ready(process)
        yield StripeClient("sk_test_local", base_addresses={"api": f"http://127.0.0.1:{port}"})
        process.stop()
    watchdog.close()


@pytest.fixture(params=["ours", "localstripe"])
def both(request: pytest.FixtureRequest, stripe_server: StripeServer) -> V1Services:
    if request.param == "ours":
        return stripe_server.client().v1
    other: StripeClient = request.getfixturevalue("localstripe")
    return other.v1


def _card(api: V1Services, number: str) -> str:
    made = api.payment_methods.create(
        {
            "type": "card",
            "card": {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"},
        }
    )
    return made.id


def _customer(api: V1Services, number: str) -> str:
    customer = api.customers.create({"email": "both@example.com"})
    card = _card(api, number)
    api.payment_methods.attach(card, {"customer": customer.id})
    api.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card}})
    return customer.id


def _plan(api: V1Services) -> str:
    product = api.products.create({"name": "Plan"})
    plan = api.plans.create(
        {"amount": 5000, "currency": "eur", "interval": "month", "product": product.id}
    )
    return plan.id


def test_a_customer_keeps_what_it_was_given(both: V1Services) -> None:
    made = both.customers.create({"email": "a@example.com", "name": "Ada", "metadata": {"k": "v"}})
    found = both.customers.retrieve(made.id)
    assert (found.email, found.name, found.object) == ("a@example.com", "Ada", "customer")
    assert found.metadata is not None
    assert found.metadata.to_dict() == {"k": "v"}
    assert found.livemode is False


def test_metadata_is_merged(both: V1Services) -> None:
    made = both.customers.create({"metadata": {"kept": "1", "changed": "1"}})
    after = both.customers.update(made.id, {"metadata": {"changed": "2", "new": "3"}})
    assert after.metadata is not None
    assert after.metadata.to_dict() == {"kept": "1", "changed": "2", "new": "3"}


def test_a_deleted_customer_is_marked(both: V1Services) -> None:
    made = both.customers.create({})
    assert both.customers.delete(made.id).deleted is True


def test_unknown_objects_are_404(both: V1Services) -> None:
    for retrieve in (both.customers.retrieve, both.payment_intents.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            retrieve("cus_unknown")
        assert refused.value.http_status == 404


def test_unknown_parameters_are_400(both: V1Services) -> None:
    unknown: Any = {"favourite": "blue"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        both.customers.create(unknown)
    assert refused.value.http_status == 400


def test_pages_follow_each_other(both: V1Services) -> None:
    made = [both.customers.create({"email": "pages@example.com"}).id for _ in range(5)]
    page = both.customers.list({"email": "pages@example.com", "limit": 2})
    assert (len(page.data), page.has_more) == (2, True)
    assert sorted(one.id for one in page.auto_paging_iter()) == sorted(made)


def test_a_card_shows_its_last_digits(both: V1Services) -> None:
    method = both.payment_methods.retrieve(_card(both, GOOD))
    assert method.card is not None
    assert (method.type, method.card.last4, method.card.brand) == ("card", "4242", "visa")
    assert method.customer is None


def test_a_card_is_attached_listed_and_detached(both: V1Services) -> None:
    customer, card = both.customers.create({}).id, _card(both, GOOD)
    assert both.payment_methods.attach(card, {"customer": customer}).customer == customer
    listed = both.payment_methods.list({"customer": customer, "type": "card"})
    assert [one.id for one in listed.data] == [card]
    assert both.payment_methods.detach(card).customer is None
    assert both.payment_methods.list({"customer": customer, "type": "card"}).data == []


@pytest.mark.parametrize("number", [REFUSED, "4000000000009995", "4000000000000069"])
def test_a_refused_card_is_not_attached(both: V1Services, number: str) -> None:
    customer, card = both.customers.create({}).id, _card(both, number)
    with pytest.raises(stripe.CardError) as refused:
        both.payment_methods.attach(card, {"customer": customer})
    assert refused.value.http_status == 402
    assert both.payment_methods.retrieve(card).customer is None


def test_a_good_card_pays(both: V1Services) -> None:
    intent = both.payment_intents.create(
        {"amount": 5000, "currency": "eur", "payment_method": _card(both, GOOD), "confirm": True}
    )
    assert (intent.status, intent.amount, intent.currency) == ("succeeded", 5000, "eur")
    assert str(intent.client_secret).startswith(f"{intent.id}_secret_")


def test_an_intent_waits_for_its_confirmation(both: V1Services) -> None:
    intent = both.payment_intents.create({"amount": 5000, "currency": "eur"})
    assert intent.status == "requires_payment_method"
    with_card = both.payment_intents.create(
        {"amount": 5000, "currency": "eur", "payment_method": _card(both, GOOD)}
    )
    assert with_card.status == "requires_confirmation"
    assert both.payment_intents.confirm(with_card.id).status == "succeeded"


def test_a_card_that_asks_requires_action(both: V1Services) -> None:
    intent = both.payment_intents.create(
        {"amount": 5000, "currency": "eur", "payment_method": _card(both, ASKS), "confirm": True}
    )
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"


def test_a_failing_card_is_402_and_the_intent_remembers(both: V1Services) -> None:
    intent = both.payment_intents.create(
        {"amount": 5000, "currency": "eur", "payment_method": _card(both, FAILS)}
    )
    with pytest.raises(stripe.CardError) as refused:
        both.payment_intents.confirm(intent.id)
    assert refused.value.code == "card_declined"
    after = both.payment_intents.retrieve(intent.id)
    assert after.status == "requires_payment_method"
    assert after.last_payment_error is not None
    assert after.last_payment_error.code == "card_declined"


def test_a_canceled_intent_cannot_be_confirmed(both: V1Services) -> None:
    intent = both.payment_intents.create(
        {"amount": 5000, "currency": "eur", "payment_method": _card(both, GOOD)}
    )
    assert both.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        both.payment_intents.confirm(intent.id)


def test_a_missing_amount_is_400(both: V1Services) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        both.payment_intents.create({"amount": 0, "currency": "eur"})
    assert refused.value.http_status == 400


def test_a_payment_is_refunded_in_part(both: V1Services) -> None:
    intent = both.payment_intents.create(
        {"amount": 5000, "currency": "eur", "payment_method": _card(both, GOOD), "confirm": True}
    )
    refund = both.refunds.create({"payment_intent": intent.id, "amount": 2000})
    assert (refund.amount, refund.currency, refund.status) == (2000, "eur", "succeeded")
    listed = both.refunds.list({"payment_intent": intent.id})
    assert [one.id for one in listed.data] == [refund.id]
    charge = both.charges.retrieve(str(refund.charge))
    assert (charge.amount_refunded, charge.refunded) == (2000, False)


def test_a_failed_payment_is_not_refunded(both: V1Services) -> None:
    intent = both.payment_intents.create({"amount": 5000, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError):
        both.refunds.create({"payment_intent": intent.id})


def test_a_card_is_set_up_for_later(both: V1Services) -> None:
    intent = both.setup_intents.create({"customer": both.customers.create({}).id})
    assert (intent.status, intent.usage) == ("requires_payment_method", "off_session")
    done = both.setup_intents.confirm(intent.id, {"payment_method": _card(both, GOOD)})
    assert done.status == "succeeded"


@pytest.mark.parametrize(("number", "status"), [(ASKS, "requires_action"), (REFUSED, None)])
def test_setting_up_may_need_its_holder_or_fail(
    both: V1Services, number: str, status: str | None
) -> None:
    intent = both.setup_intents.create({})
    if status:
        asked = both.setup_intents.confirm(intent.id, {"payment_method": _card(both, number)})
        assert asked.status == status
    else:
        with pytest.raises(stripe.CardError):
            both.setup_intents.confirm(intent.id, {"payment_method": _card(both, number)})


def test_a_plan_bills_by_the_month(both: V1Services) -> None:
    plan = both.plans.retrieve(_plan(both))
    assert (plan.amount, plan.currency, plan.interval) == (5000, "eur", "month")
    assert (plan.interval_count, plan.active) == (1, True)


def test_a_subscription_is_active_once_paid(both: V1Services) -> None:
    customer, plan = _customer(both, GOOD), _plan(both)
    made = both.subscriptions.create({"customer": customer, "items": [{"plan": plan}]})
    item = made["items"].data[0]
    assert (made.status, item.plan.id, item.quantity) == ("active", plan, 1)
    invoices = both.invoices.list({"subscription": made.id}).data
    assert [(one.status, one.total, one.amount_due) for one in invoices] == [("paid", 5000, 5000)]


@pytest.mark.parametrize("number", [FAILS, ASKS])
def test_a_subscription_is_incomplete_until_paid(both: V1Services, number: str) -> None:
    customer, plan = _customer(both, number), _plan(both)
    made = both.subscriptions.create({"customer": customer, "items": [{"plan": plan}]})
    assert made.status == "incomplete"
    assert both.invoices.list({"subscription": made.id}).data[0].status == "open"


def test_a_subscription_can_end_with_its_period(both: V1Services) -> None:
    customer, plan = _customer(both, GOOD), _plan(both)
    made = both.subscriptions.create({"customer": customer, "items": [{"plan": plan}]})
    after = both.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert (after.status, after.cancel_at_period_end) == ("active", True)


def test_a_subscription_ends_at_once(both: V1Services) -> None:
    customer, plan = _customer(both, GOOD), _plan(both)
    made = both.subscriptions.create({"customer": customer, "items": [{"plan": plan}]})
    assert both.subscriptions.cancel(made.id).status == "canceled"


def test_expand_ends_at_four_levels(both: V1Services) -> None:
    made = both.customers.create({})
    with pytest.raises(stripe.InvalidRequestError):
        both.customers.retrieve(made.id, {"expand": ["a.b.c.d.e"]})


def test_every_change_is_an_event(both: V1Services) -> None:
    made = both.customers.create({"email": "event@example.com"})
    found = both.events.list({"type": "customer.created", "limit": 100}).data
    assert made.id in [event.data.object["id"] for event in found]
