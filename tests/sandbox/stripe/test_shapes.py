"""Every object in the server's answers, against the package's own types."""

import copy
from itertools import islice
from typing import Any

import pytest
from stripe import Price, StripeObject
from stripe._v1_services import V1Services

from tests.stripe_server import StripeServer

from . import shapes
from .conftest import START, _customer


@pytest.fixture(scope="module")
def answers(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> dict[str, StripeObject]:
    """One object of every kind, in a state with many fields."""
    clock = api.test_helpers.test_clocks.create({"frozen_time": START})
    customer = _customer(api, clock=clock.id)
    subscription = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": prices["starter"].id}],
            "expand": ["latest_invoice.payments", "latest_invoice.confirmation_secret"],
        }
    )
    payment = api.invoice_payments.list({"invoice": subscription["latest_invoice"].id}).data[0]
    asks = api.payment_methods.attach("pm_card_threeDSecure2Required", {"customer": customer.id})
    waits: Any = {
        "items": [
            {"id": subscription["items"].data[0].id, "price": prices["pro"].id},
            {"price": prices["starter"].id},
        ],
        "default_payment_method": asks.id,
        "payment_behavior": "pending_if_incomplete",
        "proration_behavior": "always_invoice",
        "expand": ["latest_invoice", "customer", "default_payment_method"],
    }
    pending = api.subscriptions.update(subscription.id, waits)
    session = _paid_session(stripe_server, api, prices["pack"], customer.id)
    intent = api.payment_intents.retrieve(
        session["payment_intent"], {"expand": ["latest_charge.refunds", "payment_method"]}
    )
    charge = intent["latest_charge"]
    refund = api.refunds.create({"charge": charge.id, "amount": 1000})
    disputed = api.payment_intents.create(
        {
            "amount": 5000,
            "currency": "idr",
            "payment_method": "pm_card_createDispute",
            "confirm": True,
        }
    )
    dispute = api.disputes.list({"payment_intent": disputed.id, "expand": ["data.charge"]}).data[0]
    declined = api.payment_intents.create(
        {"amount": 5000, "currency": "idr", "payment_method": "pm_card_authenticationRequired"}
    )
    api.payment_intents.confirm(declined.id)
    stripe_server.authenticate(declined.id, passed=False)
    setup = api.setup_intents.create(
        {"confirm": True, "payment_method": "pm_card_authenticationRequired"}
    )
    endpoint = api.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    portal = api.billing_portal.sessions.create(
        {"customer": customer.id, "flow_data": {"type": "payment_method_update"}}
    )
    item = api.invoice_items.create({"customer": customer.id, "amount": 5000, "currency": "idr"})
    return {
        "customer": api.customers.retrieve(customer.id, {"expand": ["subscriptions"]}),
        "deleted customer": api.customers.delete(_customer(api).id),
        "payment method": asks,
        "product": api.products.retrieve(str(prices["pro"].product)),
        "price": api.prices.retrieve(prices["pro"].id, {"expand": ["product"]}),
        "one-off price": prices["pack"],
        "plan": api.plans.retrieve(prices["pro"].id),
        "subscription": subscription,
        "pending subscription": pending,
        "subscription item": api.subscription_items.retrieve(subscription["items"].data[0].id),
        "paid invoice": subscription["latest_invoice"],
        "open invoice": pending["latest_invoice"],
        "invoice payment": payment,
        "invoice item": item,
        "draft": api.invoices.create({"customer": customer.id}),
        "session": session,
        "subscription session": api.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer.id,
                "success_url": "https://example.com/",
                "line_items": [{"price": prices["pro"].id, "quantity": 1}],
                "expand": ["line_items"],
            }
        ),
        "intent": intent,
        "declined intent": api.payment_intents.retrieve(declined.id),
        "setup intent": setup,
        "refund": refund,
        "balance transaction": api.balance_transactions.retrieve(str(refund.balance_transaction)),
        "dispute": dispute,
        "endpoint": endpoint,
        "portal session": portal,
        "portal configuration": api.billing_portal.configurations.list().data[0],
        "clock": clock,
    }


def _paid_session(
    server: StripeServer, api: V1Services, price: Price, customer: str
) -> StripeObject:
    session = api.checkout.sessions.create(
        {
            "mode": "payment",
            "customer": customer,
            "success_url": "https://example.com/",
            "line_items": [{"price": price.id, "quantity": 2}],
            "invoice_creation": {"enabled": True},
        }
    )
    server.pay(str(session.url))
    return api.checkout.sessions.retrieve(session.id, {"expand": ["line_items", "invoice"]})


_NAMES = (
    *("customer", "deleted customer", "payment method", "product", "price", "one-off price"),
    *("plan", "subscription", "pending subscription", "subscription item", "paid invoice"),
    *("open invoice", "invoice payment", "invoice item", "draft", "session"),
    *("subscription session", "intent", "declined intent", "setup intent", "refund"),
    *("balance transaction", "dispute", "endpoint", "portal session", "portal configuration"),
    "clock",
)


@pytest.mark.parametrize("name", _NAMES)
def test_an_answer_is_what_the_package_expects(answers: dict[str, StripeObject], name: str) -> None:
    assert shapes.problems(answers[name]) == []


def test_every_kind_of_object_is_checked(answers: dict[str, StripeObject]) -> None:
    assert set(answers) == set(_NAMES)


def test_events_hold_whole_objects(api: V1Services, answers: dict[str, StripeObject]) -> None:
    assert answers
    seen: dict[str, StripeObject] = {}
    # These are the events of `answers`; earlier ones belong to other tests.
    latest = islice(api.events.list({"limit": 100}).auto_paging_iter(), 200)
    for event in latest:
        seen.setdefault(event.type, event)
    assert len(seen) > 20
    found = [one for event in seen.values() for one in _problems_of_event(event)]
    assert found == []


def _problems_of_event(event: StripeObject) -> list[str]:
    return [*shapes.problems(event), *shapes.problems(event["data"]["object"])]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("currency",), None),
        (("status",), "fine"),
        (("metadata",), {"k": 1}),
        (("customer",), 7),
        (("items", "data", 0, "quantity"), "1"),
        (("items", "data", 0, "price", "unit_amount"), True),
        (("items", "data", 0, "price", "recurring", "interval"), "fortnight"),
        (("items", "has_more"), ...),
        (("automatic_tax", "enabled"), ...),
        (("colour",), "blue"),
    ],
)
def test_the_checker_detects_wrong_shapes(
    answers: dict[str, StripeObject], path: tuple[str | int, ...], value: object
) -> None:
    body = copy.deepcopy(answers["subscription"].to_dict())
    target: Any = body
    for step in path[:-1]:
        target = target[step]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    assert len(shapes.problems(StripeObject.construct_from(body, "key"))) == 1
