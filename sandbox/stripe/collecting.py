"""Payment of invoices, and its effect on the invoice's subscription."""

from sandbox.stripe import intents, invoices, payment_methods, pending, states
from sandbox.stripe.store import Object
from sandbox.stripe.world import DAY, World, clock_of

_DESCRIPTIONS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}


def method_for(world: World, invoice: Object) -> Object | None:
    """The invoice's own payment method, else the subscription's, else the customer's."""
    subscription = invoices.subscription_of(world, invoice) or {}
    for holder in (invoice, subscription):
        chosen = holder.get("default_payment_method")
        if chosen:
            return world.get("payment_method", chosen)
    return payment_methods.default_of(world, world.get("customer", invoice["customer"]))


def open_for_payment(world: World, invoice: Object) -> None:
    """Finalize a draft. An invoice of zero is paid at once; otherwise a payment intent is
    created.
    """
    invoices.finalize(world, invoice)
    if invoice["amount_due"] == 0:
        invoice["attempted"] = True
        invoices.mark_paid(world, invoice)
        _revive(world, invoice)
        return
    intent = intents.create(world, _order(world, invoice))
    _payment(world, invoice, intent)
    method = method_for(world, invoice)
    if method:
        intents.offer(intent, method)


def record(world: World, invoice: Object, intent: Object) -> None:
    """Mark an open invoice as paid with this intent."""
    _payment(world, invoice, intent)
    invoice["attempted"] = True
    follow(world, intent)


def collect(
    world: World, invoice: Object, *, method: Object | None = None, off_session: bool = True
) -> Object | None:
    """Try once to pay an open invoice. Returns the intent in any state, or None when there is no
    payment method, which counts as a failure.
    """
    chosen = method or method_for(world, invoice)
    intent = invoices.intent_of(world, invoice)
    if intent is None or intent["status"] not in intents.OPEN:
        return None
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    if chosen is None:
        _failed(world, invoice)
        return None
    intents.confirm(world, intent, chosen, off_session=off_session)
    follow(world, intent)
    return intent


def follow(world: World, intent: Object) -> None:
    """Bring the invoice of an intent, and its subscription, to the intent's state."""
    found = world.store.select("invoice_payment", payment__payment_intent=intent["id"])
    if not found:
        return
    payment, invoice = found[0], world.get("invoice", found[0]["invoice"])
    if invoice["status"] not in ("open", "uncollectible"):
        return
    match intent["status"]:
        case "succeeded":
            payment.update(status="paid", amount_paid=intent["amount"])
            payment["status_transitions"]["paid_at"] = world.now(clock_of(world, invoice))
            invoices.mark_paid(world, invoice)
            world.emit("invoice_payment.paid", payment)
            _save_method(world, invoice, intent)
            _revive(world, invoice)
        case "requires_action":
            world.emit("invoice.payment_action_required", invoice)
            _failed(world, invoice)
        case "requires_payment_method":
            _failed(world, invoice)


def cancel_payment(world: World, invoice: Object) -> None:
    """Follow the voiding of an invoice: cancel its payment, and the change that waited for it."""
    subscription = invoices.subscription_of(world, invoice)
    if subscription and pending.of_invoice(world, subscription, invoice):
        pending.drop(world, subscription)
    payment = invoices.payment_of(world, invoice)
    intent = invoices.intent_of(world, invoice)
    if payment and payment["status"] == "open":
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = world.now(clock_of(world, invoice))
    if intent and intent["status"] in intents.OPEN:
        intents.cancel(world, intent, reason="void_invoice")


def _payment(world: World, invoice: Object, intent: Object) -> None:
    world.new(
        "inpay_",
        "invoice_payment",
        clock=clock_of(world, invoice),
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def _order(world: World, invoice: Object) -> intents.Order:
    subscription = invoices.subscription_of(world, invoice)
    return intents.Order(
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=_DESCRIPTIONS.get(invoice["billing_reason"], "Payment for Invoice"),
        receipt_email=invoice["customer_email"],
        setup_future_usage="off_session" if subscription else None,
    )


def _save_method(world: World, invoice: Object, intent: Object) -> None:
    subscription = invoices.subscription_of(world, invoice)
    if subscription is None or invoice["billing_reason"] != "subscription_create":
        return
    if subscription["payment_settings"]["save_default_payment_method"] == "on_subscription":
        subscription["default_payment_method"] = intent["payment_method"]


def _revive(world: World, invoice: Object) -> None:
    subscription = invoices.subscription_of(world, invoice)
    change = pending.of_invoice(world, subscription, invoice) if subscription else None
    if subscription and change:
        pending.make(world, subscription, change)
    if subscription is None or subscription["status"] not in ("incomplete", "past_due", "unpaid"):
        return
    if subscription["status"] == "incomplete" or subscription["latest_invoice"] == invoice["id"]:
        with world.changing("customer.subscription.updated", subscription):
            subscription["status"] = "active"


def _failed(world: World, invoice: Object) -> None:
    subscription = invoices.subscription_of(world, invoice)
    if subscription is None or _is_left_alone(world, subscription, invoice):
        world.emit("invoice.payment_failed", invoice)
        return
    exhausted = not _plan_retry(world, invoice)
    world.emit("invoice.payment_failed", invoice)
    if exhausted:
        states.after_retries(world, subscription)
    elif subscription["status"] == "active":
        with world.changing("customer.subscription.updated", subscription):
            subscription["status"] = "past_due"


def _is_left_alone(world: World, subscription: Object, invoice: Object) -> bool:
    """Return whether a failure changes nothing, as for a first invoice or a pending change."""
    first = invoice["billing_reason"] == "subscription_create"
    return first or pending.of_invoice(world, subscription, invoice) is not None


def _plan_retry(world: World, invoice: Object) -> bool:
    """Schedule the next attempt; returns whether there is one."""
    days = world.settings.retry_days
    done = invoice["attempt_count"]
    more = bool(0 < done <= len(days))
    invoice["next_payment_attempt"] = (
        world.now(clock_of(world, invoice)) + days[done - 1] * DAY if more else None
    )
    return more
