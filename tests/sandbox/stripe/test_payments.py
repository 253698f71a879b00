"""Single payments, refunds and disputes."""

import pytest
import stripe
from stripe import PaymentIntent
from stripe._v1_services import V1Services

from tests.stripe_server import StripeServer

from .conftest import MakeCustomer


def _pay(api: V1Services, card: str = "pm_card_visa", amount: int = 500_000) -> PaymentIntent:
    return api.payment_intents.create(
        {"amount": amount, "currency": "idr", "payment_method": card, "confirm": True}
    )


def _events(api: V1Services, object_id: str) -> list[str]:
    found = api.events.list({"limit": 100}).data
    return [one.type for one in reversed(found) if one.data.object["id"] == object_id]


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_each_card_is_declined_its_way(
    api: V1Services, customer: MakeCustomer, card: str, code: str, decline: str
) -> None:
    owner = customer(None).id
    with pytest.raises(stripe.CardError) as charged:
        _pay(api, card)
    with pytest.raises(stripe.CardError) as attached:
        api.payment_methods.attach(card, {"customer": owner})
    for refused in (charged.value, attached.value):
        assert refused.code == code
        assert refused.error is not None
        assert refused.error["decline_code"] == decline
    assert charged.value.error is not None
    assert charged.value.error["payment_intent"]["status"] == "requires_payment_method"


@pytest.mark.parametrize("name", ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"])
def test_good_cards_pay(api: V1Services, name: str) -> None:
    intent = _pay(api, name)
    assert (intent.status, intent.amount_received) == ("succeeded", 500_000)
    assert _events(api, intent.id) == ["payment_intent.created", "payment_intent.succeeded"]
    assert _events(api, str(intent.latest_charge)) == ["charge.succeeded"]


def test_a_card_may_ask_its_holder_and_then_have_no_funds(
    stripe_server: StripeServer, api: V1Services
) -> None:
    intent = _pay(api, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    assert intent.status == "requires_action"
    stripe_server.authenticate(intent.id)
    after = api.payment_intents.retrieve(intent.id)
    assert after["last_payment_error"]["decline_code"] == "insufficient_funds"


def test_an_off_session_payment_that_needs_confirmation_is_declined(
    api: V1Services, customer: MakeCustomer
) -> None:
    owner = customer(None).id
    method = api.payment_methods.attach("pm_card_authenticationRequired", {"customer": owner})
    with pytest.raises(stripe.CardError) as refused:
        api.payment_intents.create(
            {
                "amount": 500_000,
                "currency": "idr",
                "customer": owner,
                "payment_method": method.id,
                "off_session": True,
                "confirm": True,
            }
        )
    assert refused.value.code == "authentication_required"


def test_a_card_that_was_set_up_pays_off_session(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer
) -> None:
    owner = customer(None).id
    setup = api.setup_intents.create(
        {
            "customer": owner,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
        }
    )
    stripe_server.authenticate(setup.id)
    method = str(api.setup_intents.retrieve(setup.id).payment_method)
    intent = api.payment_intents.create(
        {
            "amount": 500_000,
            "currency": "idr",
            "customer": owner,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
        }
    )
    assert intent.status == "succeeded"


def test_the_bank_redirects_to_the_return_url(stripe_server: StripeServer, api: V1Services) -> None:
    intent = api.payment_intents.create(
        {
            "amount": 500_000,
            "currency": "idr",
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
            "return_url": "https://example.com/back?a=b",
        }
    )
    page = stripe_server.get(intent["next_action"]["redirect_to_url"]["url"])
    assert "Complete authentication" in page.data.decode()
    answer = stripe_server.authenticate(intent.id)
    assert answer.status == 303
    assert answer.headers["Location"].startswith(
        f"https://example.com/back?a=b&payment_intent={intent.id}&"
    )


def test_another_customers_card_is_refused(api: V1Services, customer: MakeCustomer) -> None:
    theirs = customer().invoice_settings
    assert theirs is not None
    card = str(theirs.default_payment_method)
    with pytest.raises(stripe.InvalidRequestError):
        api.payment_methods.attach(card, {"customer": customer(None).id})


def test_a_payment_is_refunded_whole_once(api: V1Services) -> None:
    intent = _pay(api)
    refund = api.refunds.create({"payment_intent": intent.id})
    assert refund.amount == 500_000
    charge = api.charges.retrieve(str(intent.latest_charge))
    assert (charge.refunded, charge.amount_refunded) == (True, 500_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert _events(api, charge.id) == ["charge.succeeded", "charge.refunded"]


@pytest.mark.parametrize("amount", [0, -1, 500_001])
def test_refunds_are_limited_to_the_payment(api: V1Services, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": _pay(api).id, "amount": amount})
    assert refused.value.param == "amount"


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_money_until_it_is_decided(
    stripe_server: StripeServer, api: V1Services, won: bool
) -> None:
    charge = str(_pay(api).latest_charge)
    stripe_server.dispute(charge)
    dispute = api.disputes.list({"charge": charge}).data[0]
    assert (dispute.status, dispute.amount) == ("needs_response", 500_000)
    assert api.charges.retrieve(charge).disputed
    stripe_server.decide(dispute.id, won=won)
    after = api.disputes.retrieve(dispute.id)
    assert after.status == ("won" if won else "lost")
    assert sum(one.net for one in after.balance_transactions) == (0 if won else -500_000)
    assert _events(api, dispute.id) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        *(["charge.dispute.funds_reinstated"] if won else []),
        "charge.dispute.closed",
    ]


def test_a_disputed_payment_is_not_refunded(stripe_server: StripeServer, api: V1Services) -> None:
    intent = _pay(api)
    stripe_server.dispute(str(intent.latest_charge))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"


def test_evidence_puts_a_dispute_under_review(api: V1Services) -> None:
    intent = _pay(api, "pm_card_createDispute")
    dispute = api.disputes.list({"payment_intent": intent.id}).data[0]
    evidence = api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "It was them"}})
    assert evidence.status == "under_review"
    assert api.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        api.disputes.close(dispute.id)
