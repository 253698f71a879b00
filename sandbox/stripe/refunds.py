"""Refunds of charges, in whole or in part."""

from sandbox.stripe import charges
from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists
from sandbox.stripe.params import Params, choice, integer, merged, metadata, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

_PATH = "/v1/refunds"
_CREATE = shape(
    amount=integer,
    charge=text,
    payment_intent=text,
    metadata=metadata,
    reason=choice("duplicate", "fraudulent", "requested_by_customer"),
)


def create(world: World, p: Params) -> Object:
    """Create a refund. Emits `refund.created`, `charge.refunded`. Raises `ApiError` for more than
    is left.
    """
    charge = _charge(world, p)
    left = charge["amount"] - charge["amount_refunded"]
    amount = p.get("amount", left)
    _check(charge, amount, left)
    refund = world.new(
        "re_",
        "refund",
        clock=clock_of(world, charge),
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={
            "card": {
                "reference": None,
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        metadata=p.get("metadata", {}),
        payment_intent=charge["payment_intent"],
        reason=p.get("reason"),
        receipt_number=None,
        source_transfer_reversal=None,
        status="succeeded",
        transfer_reversal=None,
    )
    del refund["livemode"]
    refund["balance_transaction"] = charges.book(world, refund, kind="refund", sign=-1)["id"]
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge, before)
    return refund


def _charge(world: World, p: Params) -> Object:
    if "charge" in p:
        return world.get("charge", p["charge"], param="charge")
    if "payment_intent" not in p:
        raise invalid("One of the following params should be provided: payment_intent or charge.")
    intent = world.get("payment_intent", p["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
    return world.get("charge", intent["latest_charge"])


def _check(charge: Object, amount: int, left: int) -> None:
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not paid.", param="charge")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            param="amount",
            code="parameter_invalid_integer",
        )
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )


def _update(world: World, p: Params, refund_id: str) -> Object:
    refund = world.get("refund", refund_id)
    with world.changing("refund.updated", refund):
        refund["metadata"] = merged(refund["metadata"], p.get("metadata"))
    return refund


FAMILY = Family(
    routes=(
        Route("POST", _PATH, create, _CREATE),
        Route(
            "GET",
            _PATH,
            all_of("refund", _PATH, "charge", "payment_intent"),
            lists(charge=text, payment_intent=text),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("refund")),
        Route("POST", f"{_PATH}/{{}}", _update, shape(metadata=metadata)),
    )
)
