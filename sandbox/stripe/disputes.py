"""Disputes: the sandbox opens and decides them; the API answers or accepts them."""

from sandbox.stripe import charges
from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists
from sandbox.stripe.params import Params, boolean, merged, metadata, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import DAY, World, clock_of

_PATH = "/v1/disputes"
_DECIDED = frozenset({"won", "lost", "warning_closed"})
_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)
_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)


def open_dispute(world: World, charge: Object, *, reason: str) -> Object:
    """Open a dispute: the card holder's bank takes the money back for now. Raises `ApiError`."""
    if not charge["paid"] or charge["disputed"]:
        raise invalid("Only a charge that was paid, once, can be disputed.")
    clock = clock_of(world, charge)
    dispute = world.new(
        "du_",
        "dispute",
        clock=clock,
        amount=charge["amount"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={**dict.fromkeys((*_TEXTS, *_FILES)), "enhanced_evidence": {}},
        evidence_details={
            "due_by": world.now(clock) + 10 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        metadata={},
        network_reason_code="10",
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"],
                "case_type": "chargeback",
                "network": charge["payment_method_details"]["card"]["brand"],
                "network_reason_code": "10",
            },
            "type": "card",
        },
        reason=reason,
        status="needs_response",
    )
    charge["disputed"] = True
    world.emit("charge.dispute.created", dispute)
    _move(world, dispute, sign=-1)
    world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def decide(world: World, dispute: Object, *, won: bool) -> Object:
    """Close a dispute with the bank's decision. Raises `ApiError` when it is closed already."""
    if dispute["status"] in _DECIDED:
        raise invalid("This dispute is already closed.", code="charge_disputed")
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(world, dispute, sign=1)
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)
    return dispute


def _move(world: World, dispute: Object, *, sign: int) -> None:
    booked = charges.book(world, dispute, kind="adjustment", sign=sign)
    dispute["balance_transactions"].append(dict(booked))


def _update(world: World, p: Params, dispute_id: str) -> Object:
    dispute = world.get("dispute", dispute_id)
    details = dispute["evidence_details"]
    with world.changing("charge.dispute.updated", dispute):
        dispute["evidence"].update(p.get("evidence", {}))
        details["has_evidence"] = details["has_evidence"] or bool(p.get("evidence"))
        dispute["metadata"] = merged(dispute["metadata"], p.get("metadata"))
        if details["has_evidence"] and p.get("submit", True):
            details.update(
                submission_count=details["submission_count"] + 1, submission_method="manual"
            )
            dispute["status"] = "under_review"
    return dispute


def _close(world: World, _p: Params, dispute_id: str) -> Object:
    return decide(world, world.get("dispute", dispute_id), won=False)


FAMILY = Family(
    routes=(
        Route(
            "GET",
            _PATH,
            all_of("dispute", _PATH, "charge", "payment_intent"),
            lists(charge=text, payment_intent=text),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("dispute")),
        Route(
            "POST",
            f"{_PATH}/{{}}",
            _update,
            shape(evidence=shape(**dict.fromkeys(_TEXTS, text)), metadata=metadata, submit=boolean),
        ),
        Route("POST", f"{_PATH}/{{}}/close", _close),
    )
)
