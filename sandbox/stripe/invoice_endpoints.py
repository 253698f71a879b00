"""The endpoints of invoices, invoice items and invoice payments."""

from sandbox.stripe import collecting, intents, invoices, lines, payment_methods
from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists, page
from sandbox.stripe.params import (
    Params,
    boolean,
    choice,
    currency,
    integer,
    merged,
    metadata,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

_PATH = "/v1/invoices"
_ITEMS = "/v1/invoiceitems"
_PAYMENTS = "/v1/invoice_payments"
_UPDATE = shape(
    auto_advance=boolean, default_payment_method=text, description=text, metadata=metadata
)
_CREATE = shape(
    "customer",
    **_UPDATE.fields,
    currency=currency,
    customer=text,
    pending_invoice_items_behavior=choice("include", "exclude"),
)
_PAY = shape(off_session=boolean, payment_method=text)
_ITEM = shape(
    "customer",
    "amount",
    amount=integer,
    currency=currency,
    customer=text,
    description=text,
    metadata=metadata,
)


def _create(world: World, p: Params) -> Object:
    customer = world.get("customer", p["customer"], param="customer")
    exclude = p.get("pending_invoice_items_behavior", "include") == "exclude"
    items = [] if exclude else lines.waiting(world, customer, None)
    invoice = invoices.create(
        world,
        invoices.Draft(
            customer=customer,
            currency=p.get("currency") or (items[0]["currency"] if items else "idr"),
            lines=[lines.from_invoice_item(world, item) for item in items],
            metadata=p.get("metadata"),
            description=p.get("description"),
            auto_advance=p.get("auto_advance", False),
        ),
    )
    invoice["default_payment_method"] = p.get("default_payment_method")
    return invoice


def _update(world: World, p: Params, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    with world.changing("invoice.updated", invoice):
        plain = ("auto_advance", "default_payment_method", "description")
        invoice.update({name: p[name] for name in plain if name in p})
        invoice["metadata"] = merged(invoice["metadata"], p.get("metadata"))
    return invoice


def _delete(world: World, _p: Params, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] != "draft" or invoice["parent"]:
        raise invalid("You can only delete draft invoices that no subscription made.")
    for item in world.store.select("invoiceitem", invoice=invoice_id):
        world.store.remove(item["id"])
    world.emit("invoice.deleted", invoice)
    world.store.remove(invoice_id)
    return {"id": invoice_id, "object": "invoice", "deleted": True}


def _finalize(world: World, p: Params, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    invoice["auto_advance"] = p.get("auto_advance", invoice["auto_advance"])
    collecting.open_for_payment(world, invoice)
    return invoice


def _pay(world: World, p: Params, invoice_id: str) -> Object:
    """Pay an invoice. Raises `ApiError`: 402 when the card is declined or requires authentication;
    the attempt is stored.
    """
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] == "draft":
        collecting.open_for_payment(world, invoice)
    elif invoice["status"] not in ("open", "uncollectible"):
        raise invalid(
            "Invoice is already paid" if invoice["status"] == "paid" else "Invoice is not open"
        )
    if invoice["status"] == "paid":
        return invoice
    customer = world.get("customer", invoice["customer"])
    given = p.get("payment_method")
    method = (
        payment_methods.of_customer(world, given, customer)
        if given
        else collecting.method_for(world, invoice)
    )
    if method is None:
        raise invalid(
            "There is no default_payment_method set on this Customer or Invoice. Please set a "
            "default payment method.",
            code="resource_missing",
        )
    intent = collecting.collect(
        world, invoice, method=method, off_session=p.get("off_session", True)
    )
    if intent and intent["status"] == "requires_payment_method":
        raise intents.refusal(world, intent)
    if intent and intent["status"] == "requires_action":
        raise intents.unconfirmed(world, intent)
    return invoice


def _void(world: World, _p: Params, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    invoices.void(world, invoice)
    collecting.cancel_payment(world, invoice)
    return invoice


def _mark_uncollectible(world: World, _p: Params, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    invoices.give_up(world, invoice)
    return invoice


def _list(world: World, p: Params) -> Object:
    equal: Params = {
        name: p[name] for name in ("customer", "status", "collection_method") if name in p
    }
    if "subscription" in p:
        equal["parent__subscription_details__subscription"] = p["subscription"]
    return page(world.store.select("invoice", **equal), p, url=_PATH)


def _lines(world: World, p: Params, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    found = list(reversed(invoice["lines"]["data"]))
    return page(found, p, url=f"{_PATH}/{invoice_id}/lines")


def _create_item(world: World, p: Params) -> Object:
    customer = world.get("customer", p["customer"], param="customer")
    now = world.now(clock_of(world, customer))
    item = world.store.add(
        lines.invoice_item(
            world,
            customer,
            amount=p["amount"],
            currency=p.get("currency", "idr"),
            description=p.get("description"),
            period=(now, now),
            metadata=p.get("metadata"),
        )
    )
    world.emit("invoiceitem.created", item)
    return item


def _delete_item(world: World, _p: Params, item_id: str) -> Object:
    item = world.get("invoiceitem", item_id)
    if item["invoice"]:
        raise invalid("This invoice item is part of an invoice already.")
    world.emit("invoiceitem.deleted", item)
    world.store.remove(item_id)
    return {"id": item_id, "object": "invoiceitem", "deleted": True}


def _list_payments(world: World, p: Params) -> Object:
    equal: Params = {name: p[name] for name in ("invoice", "status") if name in p}
    if "payment_intent" in p.get("payment", {}):
        equal["payment__payment_intent"] = p["payment"]["payment_intent"]
    return page(world.store.select("invoice_payment", **equal), p, url=_PAYMENTS)


_PAYMENT = shape("type", type=choice("payment_intent"), payment_intent=text)
FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route(
            "GET",
            _PATH,
            _list,
            lists(
                collection_method=text,
                customer=text,
                status=choice("draft", "open", "paid", "uncollectible", "void"),
                subscription=text,
            ),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("invoice")),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
        Route("DELETE", f"{_PATH}/{{}}", _delete),
        Route("GET", f"{_PATH}/{{}}/lines", _lines, lists()),
        Route("POST", f"{_PATH}/{{}}/finalize", _finalize, shape(auto_advance=boolean)),
        Route("POST", f"{_PATH}/{{}}/pay", _pay, _PAY),
        Route("POST", f"{_PATH}/{{}}/void", _void),
        Route("POST", f"{_PATH}/{{}}/mark_uncollectible", _mark_uncollectible),
        Route("POST", _ITEMS, _create_item, _ITEM),
        Route(
            "GET",
            _ITEMS,
            all_of("invoiceitem", _ITEMS, "customer", "invoice"),
            lists(customer=text, invoice=text),
        ),
        Route("GET", f"{_ITEMS}/{{}}", by_id("invoiceitem")),
        Route("DELETE", f"{_ITEMS}/{{}}", _delete_item),
        Route(
            "GET",
            _PAYMENTS,
            _list_payments,
            lists(invoice=text, payment=_PAYMENT, status=choice("canceled", "open", "paid")),
        ),
        Route("GET", f"{_PAYMENTS}/{{}}", by_id("invoice_payment")),
    ),
    views={"invoice": invoices.VIEW},
)
