"""Charges, and the balance transactions of their payments."""

from typing import Any

from sandbox.stripe import cards
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists
from sandbox.stripe.params import Params, merged, metadata, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.views import View, listing
from sandbox.stripe.world import DAY, World, clock_of

_PATH = "/v1/charges"
_SETTLES_AFTER = 2 * DAY


def attempt(world: World, intent: Object, method: Object, *, three_d_secure: bool) -> Object:
    """Charge the whole intent; the charge succeeds or fails as its card's behaviour says."""
    decline = cards.behind(method).decline
    charge = world.new(
        "ch_",
        "charge",
        clock=clock_of(world, intent),
        amount=intent["amount"],
        amount_captured=0 if decline else intent["amount"],
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=dict(method["billing_details"]),
        calculated_statement_descriptor="LUMIKU SANDBOX",
        captured=not decline,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        on_behalf_of=None,
        outcome=_outcome(decline),
        paid=not decline,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method, three_d_secure=three_d_secure),
        presentment_details=None,
        radar_options={},
        receipt_email=intent["receipt_email"],
        receipt_number=None,
        refunded=False,
        review=None,
        shipping=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="failed" if decline else "succeeded",
        transfer_data=None,
        transfer_group=None,
    )
    charge["receipt_url"] = f"{world.settings.base_url}/receipts/{charge['id']}"
    if not decline:
        charge["balance_transaction"] = book(world, charge, kind="charge")["id"]
    return charge


def book(world: World, source: Object, *, kind: str, sign: int = 1) -> Object:
    """Store the effect of a charge, refund or dispute on our balance. The sandbox takes no fees."""
    amount = sign * source["amount"]
    transaction = world.new(
        "txn_",
        "balance_transaction",
        clock=clock_of(world, source),
        amount=amount,
        balance_type="payments",
        currency=source["currency"],
        description=None,
        exchange_rate=None,
        fee=0,
        fee_details=[],
        net=amount,
        reporting_category="dispute" if kind == "adjustment" else kind,
        source=source["id"],
        status="pending",
        type=kind,
    )
    transaction["available_on"] = transaction["created"] + _SETTLES_AFTER
    del transaction["livemode"]
    return transaction


def _outcome(decline: cards.Decline | None) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": "05" if decline else None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": (decline.decline_code or decline.code) if decline else None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank declined the payment." if decline else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }


def _details(method: Object, *, three_d_secure: bool) -> Object:
    card = method["card"]
    same = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    return {
        "card": {
            **{name: card[name] for name in same},
            "amount_authorized": None,
            "authorization_code": None,
            "installments": None,
            "last4": card["last4"],
            "mandate": None,
            "network": card["brand"],
            "network_token": {"used": False},
            "network_transaction_id": None,
            "regulated_status": card["regulated_status"],
            "three_d_secure": _authentication() if three_d_secure else None,
            "wallet": None,
        },
        "type": "card",
    }


def _authentication() -> Object:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def _update(world: World, p: Params, charge_id: str) -> Object:
    charge = world.get("charge", charge_id)
    with world.changing("charge.updated", charge):
        charge["description"] = p.get("description", charge["description"])
        charge["metadata"] = merged(charge["metadata"], p.get("metadata"))
    return charge


def _refunds(world: World, charge: Object) -> Any:
    found = world.store.select("refund", charge=charge["id"])
    return listing(f"{_PATH}/{charge['id']}/refunds", reversed(found))


FAMILY = Family(
    routes=(
        Route(
            "GET",
            _PATH,
            all_of("charge", _PATH, "customer", "payment_intent"),
            lists(customer=text, payment_intent=text),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("charge")),
        Route("POST", f"{_PATH}/{{}}", _update, shape(description=text, metadata=metadata)),
        Route(
            "GET",
            "/v1/balance_transactions",
            all_of("balance_transaction", "/v1/balance_transactions", "source", "type"),
            lists(source=text, type=text),
        ),
        Route("GET", "/v1/balance_transactions/{}", by_id("balance_transaction")),
    ),
    views={"charge": View(on_request={"refunds": _refunds})},
)
