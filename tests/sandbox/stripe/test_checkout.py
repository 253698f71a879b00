"""Checkout sessions and the portal, clicked through like a user."""

from typing import Any

import pytest
import stripe
from stripe import Price
from stripe._v1_services import V1Services
from stripe.checkout import Session

from tests.stripe_server import StripeServer

from .conftest import MakeCustomer

DONE, BACK = "https://example.com/done?session={CHECKOUT_SESSION_ID}", "https://example.com/back"


def _session(api: V1Services, price: Price, customer: str | None = None, **more: Any) -> Session:
    params: Any = {
        "mode": "payment",
        "success_url": DONE,
        "cancel_url": BACK,
        "line_items": [{"price": price.id, "quantity": 2}],
        **({"customer": customer} if customer else {}),
        **more,
    }
    return api.checkout.sessions.create(params)


def test_paying_leads_to_the_success_page(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    session = _session(
        api,
        prices["pack"],
        customer().id,
        metadata={"order": "7"},
        payment_intent_data={"metadata": {"order": "7"}},
    )
    assert "Rp 100,000" in stripe_server.get(str(session.url)).data.decode()
    answer = stripe_server.pay(str(session.url))
    assert answer.status == 303
    assert answer.headers["Location"] == DONE.replace("{CHECKOUT_SESSION_ID}", session.id)
    paid = api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid["payment_intent"].amount_received == 10_000_000
    assert paid["payment_intent"].metadata.to_dict() == {"order": "7"}
    event = api.events.list({"type": "checkout.session.completed"}).data[0]
    assert event.data.object["metadata"]["order"] == "7"


def test_paying_twice_is_refused(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    session = _session(api, prices["pack"])
    stripe_server.pay(str(session.url))
    assert stripe_server.pay(str(session.url)).status == 400


def test_a_declined_card_leaves_the_page_open(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    session = _session(api, prices["pack"])
    answer = stripe_server.pay(str(session.url), "pm_card_chargeDeclinedInsufficientFunds")
    assert "insufficient funds" in answer.data.decode()
    assert api.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    assert stripe_server.pay(str(session.url)).status == 303


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_the_bank_may_require_confirmation(
    stripe_server: StripeServer,
    api: V1Services,
    customer: MakeCustomer,
    prices: dict[str, Price],
    mode: str,
) -> None:
    price = prices["pack" if mode == "payment" else "pro"]
    session = _session(api, price, customer(None).id, mode=mode)
    bank = stripe_server.pay(str(session.url), "pm_card_threeDSecure2Required").headers["Location"]
    assert api.checkout.sessions.retrieve(session.id).status == "open"
    answer = stripe_server.click(bank, answer="pass")
    assert answer.headers["Location"].endswith(session.id)
    assert api.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_subscription_begins_on_the_page(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    session = _session(
        api,
        prices["pro"],
        mode="subscription",
        customer_email="new@example.com",
        subscription_data={"metadata": {"user": "7"}},
    )
    stripe_server.pay(str(session.url), "pm_card_chargeCustomerFail")
    assert api.checkout.sessions.retrieve(session.id).subscription is None
    stripe_server.pay(str(session.url))
    done = api.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "customer"]})
    assert done["subscription"].status == "active"
    assert done["subscription"].metadata.to_dict() == {"user": "7"}
    assert done["customer"].email == "new@example.com"
    assert done.invoice == done["subscription"].latest_invoice


def test_a_payment_can_come_with_an_invoice(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    wanted = {"enabled": True, "invoice_data": {"metadata": {"order": "7"}}}
    session = _session(api, prices["pack"], customer(None).id, invoice_creation=wanted)
    stripe_server.pay(str(session.url))
    done = api.checkout.sessions.retrieve(session.id, {"expand": ["invoice.payments"]})
    invoice = done["invoice"]
    assert (invoice.status, invoice.amount_paid) == ("paid", 10_000_000)
    assert invoice.metadata.to_dict() == {"order": "7"}
    assert invoice.payments.data[0].payment.payment_intent == done.payment_intent


def test_going_back_leaves_the_session_open(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    session = _session(api, prices["pack"])
    assert stripe_server.click(str(session.url), action="cancel").headers["Location"] == BACK
    assert api.checkout.sessions.retrieve(session.id).status == "open"


def test_an_expired_session_takes_no_money(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    session = _session(api, prices["pack"])
    assert api.checkout.sessions.expire(session.id).status == "expired"
    assert stripe_server.pay(f"/c/pay/{session.id}").status == 400
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.expire(session.id)


@pytest.mark.parametrize(
    "wrong", [{"mode": "subscription"}, {"line_items": []}, {"expires_at": 1}, {"mode": "gift"}]
)
def test_an_invalid_session_is_400(
    api: V1Services, prices: dict[str, Price], wrong: dict[str, Any]
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        _session(api, prices["pack"], **wrong)


def test_another_site_cannot_click(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    session = _session(api, prices["pack"])
    answer = stripe_server.click(str(session.url), site="cross-site", action="pay")
    assert answer.status == 403


def test_customer_names_are_escaped(stripe_server: StripeServer, api: V1Services) -> None:
    api.customers.create({"email": "<script>alert(1)</script>"})
    page = stripe_server.get("/").data.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_portal_cancels_resumes_and_changes_the_card(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    owner = customer().id
    made = api.subscriptions.create({"customer": owner, "items": [{"price": prices["pro"].id}]})
    portal = api.billing_portal.sessions.create({"customer": owner, "return_url": BACK})
    page = stripe_server.get(portal.url).data.decode()
    assert "Rp 299,000" in page
    assert BACK in page
    stripe_server.click(portal.url, action="cancel", subscription=made.id)
    assert api.subscriptions.retrieve(made.id).cancel_at_period_end
    stripe_server.click(portal.url, action="resume", subscription=made.id)
    assert not api.subscriptions.retrieve(made.id).cancel_at_period_end
    stripe_server.click(portal.url, action="card", card="pm_card_mastercard")
    after = api.customers.retrieve(owner, {"expand": ["invoice_settings.default_payment_method"]})
    assert after["invoice_settings"]["default_payment_method"].card.last4 == "4444"


def test_the_portal_changes_only_its_customers_subscription(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    items: Any = [{"price": prices["pro"].id}]
    theirs = api.subscriptions.create({"customer": customer().id, "items": items})
    portal = api.billing_portal.sessions.create({"customer": customer().id})
    stripe_server.click(portal.url, action="cancel", subscription=theirs.id)
    assert not api.subscriptions.retrieve(theirs.id).cancel_at_period_end


def test_the_dashboard_lists_and_acts(
    stripe_server: StripeServer, api: V1Services, prices: dict[str, Price]
) -> None:
    stripe_server.pay(str(_session(api, prices["pack"]).url))
    charge = api.charges.list({"limit": 1}).data[0].id
    page = stripe_server.get("/").data.decode()
    assert "Pretend money only" in page
    assert f"/sandbox/charges/{charge}/refund" in page
    assert stripe_server.click(f"/sandbox/charges/{charge}/refund").status == 303
    assert api.charges.retrieve(charge).refunded
    event = api.events.list({"limit": 1}).data[0].id
    assert stripe_server.get(f"/events/{event}").json()["event"]["id"] == event
    assert stripe_server.get("/nowhere").status == 404
