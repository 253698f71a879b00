"""The customer's view of an invoice: page, PDF and receipt."""

from sandbox.stripe import collecting, intents, payment_methods
from sandbox.stripe.pages.checkout_page import card_choice
from sandbox.stripe.pages.html import (
    Answer,
    Markup,
    Page,
    Redirect,
    moment,
    money,
    page,
    table,
    tag,
)
from sandbox.stripe.pages.pdf import document
from sandbox.stripe.params import Params
from sandbox.stripe.store import Object
from sandbox.stripe.world import World


def show(world: World, p: Params, invoice_id: str) -> Answer:
    """The page with the invoice's lines, and a button to pay an open one."""
    invoice = world.get("invoice", invoice_id)
    lines = (
        (line["description"], money(line["amount"], line["currency"]))
        for line in invoice["lines"]["data"]
    )
    return page(
        f"Invoice {invoice['number'] or '(draft)'}",
        tag("p", p["problem"], class_="bad", role="alert") if "problem" in p else None,
        tag(
            "p",
            f"{invoice['customer_email'] or ''} · {moment(invoice['created'])} UTC · "
            f"{invoice['status']}",
        ),
        table(("Line", "Amount"), lines),
        tag("p", tag("strong", f"Due {money(invoice['amount_due'], invoice['currency'])}")),
        tag("p", tag("a", "Download PDF", href=f"/i/{invoice_id}/pdf")),
        _pay_form(invoice) if invoice["status"] == "open" else None,
    )


def pay(world: World, p: Params, invoice_id: str) -> Answer:
    """Handle the click on “Pay”."""
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] != "open":
        return Redirect(f"/i/{invoice_id}")
    customer = world.get("customer", invoice["customer"])
    method = payment_methods.of_customer(world, p.get("card", ""), customer)
    intent = collecting.collect(world, invoice, method=method, off_session=False)
    if intent and intent["status"] == "requires_action":
        return Redirect(f"/3ds/{intent['id']}")
    if intent and intent["status"] == "requires_payment_method":
        raise intents.refusal(world, intent)
    return Redirect(f"/i/{invoice_id}")


def download(world: World, _p: Params, invoice_id: str) -> Answer:
    """The PDF."""
    invoice = world.get("invoice", invoice_id)
    currency = invoice["currency"]
    lines = [
        "SANDBOX: pretend money, not a real invoice",
        "",
        f"From: {world.settings.account_name}",
        f"To: {invoice['customer_email'] or invoice['customer']}",
        f"Date: {moment(invoice['created'])} UTC",
        f"Status: {invoice['status']}",
        "",
        *(
            f"{line['description']}: {money(line['amount'], currency)}"
            for line in invoice["lines"]["data"]
        ),
        "",
        f"Total: {money(invoice['total'], currency)}",
        f"Paid: {money(invoice['amount_paid'], currency)}",
    ]
    return Page(document(f"Invoice {invoice['number'] or ''}", lines), type="application/pdf")


def receipt(world: World, _p: Params, charge_id: str) -> Answer:
    """The receipt of a charge."""
    charge = world.get("charge", charge_id)
    amount = money(charge["amount"], charge["currency"])
    card = charge["payment_method_details"]["card"]
    return page(
        "Receipt",
        tag("p", f"{amount} · {card['brand']} {card['last4']} · {moment(charge['created'])} UTC"),
        tag("p", f"Refunded: {money(charge['amount_refunded'], charge['currency'])}"),
    )


def _pay_form(invoice: Object) -> Markup:
    label = f"Pay {money(invoice['amount_remaining'], invoice['currency'])}"
    return tag(
        "form",
        tag("p", card_choice()),
        tag("button", label, class_="main"),
        method="post",
    )
