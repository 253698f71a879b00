"""Checkout sessions: payment, completion and expiry.

Their endpoints are in `checkout_endpoints`, their page is `pages.checkout_page`.
"""

from sandbox.stripe import (
    collecting,
    customers,
    intents,
    invoices,
    lines,
    payment_methods,
    subscriptions,
)
from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of


def pay(world: World, session: Object, method_id: str) -> Object | None:
    """Pay a session, as a click on “Pay” does. Returns the payment intent if there is one: the card
    holder may have to confirm it. Raises `ApiError`: 402 for a declined card; the session stays
    open.
    """
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    customer = _customer(world, session)
    order = world.get("sandbox.order", f"order_{session['id']}")
    intent: Object | None
    if session["mode"] == "payment":
        intent = _pay_once(world, session, customer, order, method_id)
    else:
        intent = _subscribe(world, session, customer, order, method_id)
    if intent is None or intent["status"] == "succeeded":
        complete(world, session)
    return intent


def complete(world: World, session: Object) -> None:
    """Complete a paid session. Emits `checkout.session.completed`."""
    found = world.store.find(session["customer"] or "")
    customer = found or {}
    session.update(
        status="complete",
        payment_status="paid",
        url=None,
        customer_details={
            "address": customer.get("address") or dict.fromkeys(payment_methods.ADDRESS.fields),
            "business_name": None,
            "email": customer.get("email") or session["customer_email"],
            "individual_name": None,
            "name": customer.get("name"),
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    if session["subscription"]:
        subscription = world.get("subscription", session["subscription"])
        session["invoice"] = subscription["latest_invoice"]
    elif session["invoice_creation"]["enabled"]:
        session["invoice"] = _invoice(world, session)["id"]
    world.emit("checkout.session.completed", session)


def expire(world: World, session: Object) -> None:
    """Open → expired. Emits `checkout.session.expired`. Raises `ApiError`."""
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}."
        )
    session.update(status="expired", url=None)
    world.emit("checkout.session.expired", session)


def lines_of(world: World, session: Object) -> list[Object]:
    """The line items of a session."""
    order = world.get("sandbox.order", f"order_{session['id']}")
    return [{**line, "price": world.get("price", line["price"])} for line in order["lines"]]


def _pay_once(
    world: World, session: Object, customer: Object | None, order: Object, method_id: str
) -> Object:
    wanted = order["intent"]
    intent = world.store.find(session["payment_intent"] or "")
    if intent is None:
        intent = intents.create(
            world,
            intents.Order(
                amount=session["amount_total"],
                currency=session["currency"],
                customer=customer["id"] if customer else None,
                description=wanted.get("description"),
                metadata=wanted.get("metadata"),
                receipt_email=wanted.get("receipt_email"),
                setup_future_usage=wanted.get("setup_future_usage"),
                automatic=True,
            ),
        )
        session["payment_intent"] = intent["id"]
    method = payment_methods.resolve(world, method_id)
    intents.confirm(world, intent, method)
    if intent["status"] == "requires_payment_method":
        raise intents.refusal(world, intent)
    if customer and wanted.get("setup_future_usage") and intent["status"] == "succeeded":
        payment_methods.of_customer(world, method["id"], customer)
    return intent


def _subscribe(
    world: World, session: Object, customer: Object | None, order: Object, method_id: str
) -> Object | None:
    if customer is None:
        raise invalid("A subscription needs a customer.")
    method = payment_methods.of_customer(world, method_id, customer)
    subscription = subscriptions.start(
        world,
        subscriptions.Start(
            customer=customer,
            prices=[
                (world.get("price", line["price"]), line["quantity"]) for line in order["lines"]
            ],
            behavior="allow_incomplete",
            method=method,
            metadata=order["subscription"].get("metadata"),
            description=order["subscription"].get("description"),
        ),
    )
    invoice = world.get("invoice", subscription["latest_invoice"])
    intent = invoices.intent_of(world, invoice)
    if intent and intent["status"] == "requires_payment_method":
        refusal = intents.refusal(world, intent)
        # Stripe deletes the subscription too if its first payment fails on the page.
        raise ApiError(402, refusal.type, refusal.message, refusal.code, None, refusal.decline_code)
    session["subscription"] = subscription["id"]
    return intent


def _invoice(world: World, session: Object) -> Object:
    """Create the invoice of `invoice_creation`, which is paid already."""
    customer = world.get("customer", session["customer"])
    now = world.now(clock_of(world, session))
    bought = [
        world.store.add(
            lines.invoice_item(
                world,
                customer,
                amount=line["amount_total"],
                currency=line["currency"],
                description=line["description"],
                period=(now, now),
                price=line["price"],
                quantity=line["quantity"],
            )
        )
        for line in lines_of(world, session)
    ]
    data = session["invoice_creation"]["invoice_data"]
    invoice = invoices.create(
        world,
        invoices.Draft(
            customer=customer,
            currency=session["currency"],
            lines=[lines.from_invoice_item(world, item) for item in bought],
            metadata=data["metadata"],
            description=data["description"],
        ),
    )
    invoices.finalize(world, invoice)
    collecting.record(world, invoice, world.get("payment_intent", session["payment_intent"]))
    return invoice


def _customer(world: World, session: Object) -> Object | None:
    if session["customer"]:
        return world.get("customer", session["customer"])
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    customer = customers.create(world, {"email": session["customer_email"]})
    session["customer"] = customer["id"]
    return customer
