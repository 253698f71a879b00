"""Invoices: drafted, finalized, paid, voided, or marked uncollectible.

The endpoints are in `invoice_endpoints`; payment, and its effect on a subscription, is in
`collecting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.store import Object
from sandbox.stripe.views import View, listing
from sandbox.stripe.world import World, clock_of, fresh_id


@dataclass(frozen=True)
class Draft:
    """The content of a new invoice."""

    customer: Object
    currency: str
    lines: Sequence[Object]
    reason: str = "manual"
    subscription: Object | None = None
    metadata: dict[str, str] | None = None
    description: str | None = None
    auto_advance: bool = True


def create(world: World, draft: Draft) -> Object:
    """Store a draft. Emits `invoice.created`."""
    invoice = _drafted(world, draft)
    for line in invoice["lines"]["data"]:
        line["invoice"] = invoice["id"]
        details = line["parent"]["invoice_item_details"]
        if details:
            world.get("invoiceitem", details["invoice_item"])["invoice"] = invoice["id"]
    world.store.add(invoice)
    world.emit("invoice.created", invoice)
    return invoice


def finalize(world: World, invoice: Object) -> None:
    """Draft → open, with a number, a page and a PDF. The customer's balance is used first.

    Emits `invoice.finalized`. Raises `ApiError` when it is no draft.
    """
    if invoice["status"] != "draft":
        raise invalid(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        )
    now = world.now(clock_of(world, invoice))
    customer = world.get("customer", invoice["customer"])
    number = customer["next_invoice_sequence"]
    page = f"{world.settings.base_url}/i/{invoice['id']}"
    due = max(0, invoice["total"] + customer["balance"])
    invoice.update(
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        amount_due=due,
        amount_remaining=due,
        automatically_finalizes_at=None,
        effective_at=now,
        starting_balance=customer["balance"],
        ending_balance=customer["balance"] + invoice["total"] - due,
        hosted_invoice_url=page,
        invoice_pdf=f"{page}/pdf",
    )
    customer.update(balance=invoice["ending_balance"], next_invoice_sequence=number + 1)
    customer["currency"] = customer["currency"] or invoice["currency"]
    invoice["status_transitions"]["finalized_at"] = now
    world.emit("invoice.finalized", invoice)


def mark_paid(world: World, invoice: Object) -> None:
    """Open → paid. Emits `invoice.paid` and `invoice.payment_succeeded`."""
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        auto_advance=False,
        next_payment_attempt=None,
    )
    invoice["status_transitions"]["paid_at"] = world.now(clock_of(world, invoice))
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def void(world: World, invoice: Object) -> None:
    """Open or uncollectible → void. Emits `invoice.voided`. Raises `ApiError`."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise _wrong_state("You can only pass in open invoices. This invoice isn't open.")
    _close(world, invoice, "void", "voided_at")
    world.emit("invoice.voided", invoice)


def give_up(world: World, invoice: Object) -> None:
    """Open → uncollectible. Emits `invoice.marked_uncollectible`. Raises `ApiError`."""
    if invoice["status"] != "open":
        raise _wrong_state("You can only pass in open invoices. This invoice isn't open.")
    _close(world, invoice, "uncollectible", "marked_uncollectible_at")
    world.emit("invoice.marked_uncollectible", invoice)


def payment_of(world: World, invoice: Object) -> Object | None:
    """The invoice payment that is open or paid, if the invoice was finalized with one."""
    found = world.store.select("invoice_payment", invoice=invoice["id"])
    return found[-1] if found else None


def intent_of(world: World, invoice: Object) -> Object | None:
    """The payment intent of that payment."""
    payment = payment_of(world, invoice)
    return world.store.find(payment["payment"]["payment_intent"]) if payment else None


def subscription_of(world: World, invoice: Object) -> Object | None:
    """The subscription that the invoice bills, if any."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return world.store.find(details.get("subscription", ""))


def _drafted(world: World, draft: Draft) -> Object:
    clock = clock_of(world, draft.customer)
    now = world.now(clock)
    total = sum(line["amount"] for line in draft.lines)
    starting = draft.customer["balance"]
    due = max(0, total + starting)
    customer, subscription, invoice_id = draft.customer, draft.subscription, fresh_id("in_")
    return {
        **_constant(),
        "id": invoice_id,
        "account_name": world.settings.account_name,
        "amount_due": due,
        "amount_remaining": due,
        "auto_advance": draft.auto_advance,
        "billing_reason": draft.reason,
        "created": now,
        "currency": draft.currency,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "description": draft.description,
        "lines": listing(f"/v1/invoices/{invoice_id}/lines", draft.lines),
        "metadata": dict(draft.metadata or {}),
        "parent": _parent(subscription),
        "period_end": max((line["period"]["end"] for line in draft.lines), default=now),
        "period_start": min((line["period"]["start"] for line in draft.lines), default=now),
        "starting_balance": starting,
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": clock,
        "total": total,
        "total_excluding_tax": total,
    }


def _close(world: World, invoice: Object, status: str, moment: str) -> None:
    invoice.update(status=status, auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"][moment] = world.now(clock_of(world, invoice))


def _constant() -> Object:
    """The fields with the same value in every new draft."""
    return {
        "object": "invoice",
        "account_country": "ID",
        "account_tax_ids": None,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": None,
        "collection_method": "charge_automatically",
        "custom_fields": None,
        "customer_account": None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "livemode": False,
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "threshold_reason": None,
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }


def _parent(subscription: Object | None) -> Object | None:
    if subscription is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    }


def _wrong_state(message: str) -> ApiError:
    return invalid(message, code="invoice_not_editable")


def _payments(world: World, invoice: Object) -> Object:
    found = world.store.select("invoice_payment", invoice=invoice["id"])
    return listing("/v1/invoice_payments", reversed(found))


def _confirmation_secret(world: World, invoice: Object) -> Object | None:
    intent = intent_of(world, invoice)
    if intent is None:
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


VIEW = View(on_request={"payments": _payments, "confirmation_secret": _confirmation_secret})
