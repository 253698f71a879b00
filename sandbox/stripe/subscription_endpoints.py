"""The endpoints of subscriptions and their items."""

from sandbox.stripe import changes, payment_methods, pending, states, subscriptions
from sandbox.stripe import subscription_items as rows
from sandbox.stripe.changes import ITEMS, PRORATION
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import by_id, lists, page
from sandbox.stripe.params import (
    Kind,
    Params,
    boolean,
    choice,
    either,
    integer,
    list_of,
    merged,
    metadata,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

_PATH = "/v1/subscriptions"
_ITEM_PATH = "/v1/subscription_items"
_DETAILS = shape(comment=text, feedback=text)
_PAYMENT = shape(
    payment_method_types=list_of(choice("card")),
    save_default_payment_method=choice("off", "on_subscription"),
)
_BEHAVIOR = choice("allow_incomplete", "default_incomplete", "error_if_incomplete")
_UPDATE_BEHAVIOR = choice(
    "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
)
_COMMON: dict[str, Kind] = {
    "cancel_at_period_end": boolean,
    "default_payment_method": text,
    "description": text,
    "items": ITEMS,
    "metadata": metadata,
    "off_session": boolean,
    "payment_behavior": _BEHAVIOR,
    "payment_settings": _PAYMENT,
    "proration_behavior": PRORATION,
}
_CREATE = shape(
    "customer",
    "items",
    **_COMMON,
    collection_method=choice("charge_automatically"),
    currency=text,
    customer=text,
)
_UPDATE = shape(
    **{**_COMMON, "payment_behavior": _UPDATE_BEHAVIOR},
    billing_cycle_anchor=either(integer, "now", "unchanged"),
    cancel_at=either(integer, ""),
    cancellation_details=_DETAILS,
    proration_date=integer,
)
_CANCEL = shape(cancellation_details=_DETAILS, invoice_now=boolean, prorate=boolean)
_STATUSES = (
    *("active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired"),
    *("trialing", "paused", "all", "ended"),
)


def _create(world: World, p: Params) -> Object:
    customer = world.get("customer", p["customer"], param="customer")
    method = p.get("default_payment_method")
    return subscriptions.start(
        world,
        subscriptions.Start(
            customer=customer,
            prices=[
                (
                    _active_price(world, changes.price_id(one) or "", f"items[{at}][price]"),
                    one.get("quantity", 1),
                )
                for at, one in enumerate(p["items"])
            ],
            behavior=p.get("payment_behavior", "allow_incomplete"),
            method=payment_methods.of_customer(world, method, customer) if method else None,
            save_method=p.get("payment_settings", {}).get("save_default_payment_method", "off"),
            metadata=p.get("metadata"),
            description=p.get("description"),
            cancel_at_period_end=p.get("cancel_at_period_end", False),
            off_session=p.get("off_session", False),
        ),
    )


def _active_price(world: World, price_id: str, param: str) -> Object:
    price = world.get("price", price_id, param=param)
    if not price["active"]:
        raise invalid("The price specified is inactive.", param=param)
    return price


def update(world: World, p: Params, subscription_id: str) -> Object:
    """Update a subscription. Raises `ApiError`: 402 (`error_if_incomplete`) when the change was not
    paid.
    """
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] in states.ENDED:
        # Stripe answers as if the subscription did not exist.
        raise missing("subscription", subscription_id)
    moves = "items" in p or p.get("billing_cycle_anchor") == "now"
    with world.changing("customer.subscription.updated", subscription):
        _set(world, subscription, p)
        change = changes.plan(world, subscription, p) if moves else None
        if change and not _waits(change, p):
            changes.settle(world, change)
            changes.make(world, change)
    if change:
        _bill_change(world, change, p)
    return subscription


def _bills_at_once(change: changes.Change, p: Params) -> bool:
    behavior = p.get("proration_behavior", "create_prorations")
    return change.restarts or (behavior == "always_invoice" and bool(change.prorations))


def _waits(change: changes.Change, p: Params) -> bool:
    return p.get("payment_behavior") == "pending_if_incomplete" and _bills_at_once(change, p)


def _bill_change(world: World, change: changes.Change, p: Params) -> None:
    if not _bills_at_once(change, p):
        return
    subscription, restart = change.subscription, change.at if change.restarts else None
    if _waits(change, p):
        changes.settle(world, change)
    billed = change.items if change.restarts else ()
    subscriptions.bill(world, subscription, billed, reason="subscription_update", start=restart)
    if _waits(change, p):
        pending.expect(world, subscription, change.items, restart=restart)
    subscriptions.pay_latest(
        world,
        subscription,
        behavior=p.get("payment_behavior", "allow_incomplete"),
        off_session=p.get("off_session", False),
    )
    if world.get("invoice", subscription["latest_invoice"])["status"] != "paid" and _waits(
        change, p
    ):
        pending.show(world, subscription, change.items)


def _set(world: World, subscription: Object, p: Params) -> None:
    if p.get("default_payment_method"):
        customer = world.get("customer", subscription["customer"])
        method = payment_methods.of_customer(world, p["default_payment_method"], customer)
        subscription["default_payment_method"] = method["id"]
    elif "default_payment_method" in p:
        subscription["default_payment_method"] = None
    subscription["description"] = p.get("description", subscription["description"])
    subscription["metadata"] = merged(subscription["metadata"], p.get("metadata"))
    subscription["payment_settings"].update(p.get("payment_settings", {}))
    subscription["cancellation_details"].update(p.get("cancellation_details", {}))
    if "cancel_at_period_end" in p:
        _cancel_later(world, subscription, wanted=p["cancel_at_period_end"])
    elif "cancel_at" in p:
        subscription.update(
            cancel_at=p["cancel_at"] or None,
            canceled_at=world.now(clock_of(world, subscription)) if p["cancel_at"] else None,
        )


def _cancel_later(world: World, subscription: Object, *, wanted: bool) -> None:
    if wanted == subscription["cancel_at_period_end"]:
        return
    subscription.update(
        cancel_at_period_end=wanted,
        cancel_at=rows.period_of(world, subscription)[1] if wanted else None,
        canceled_at=world.now(clock_of(world, subscription)) if wanted else None,
    )
    reason = "cancellation_requested" if wanted else None
    subscription["cancellation_details"]["reason"] = reason


def cancel(world: World, p: Params, subscription_id: str) -> Object:
    """Cancel a subscription now. Raises `ApiError` (404) when it has ended."""
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] in states.ENDED:
        raise missing("subscription", subscription_id)
    subscription["cancellation_details"].update(p.get("cancellation_details", {}))
    if p.get("prorate"):
        _credit_rest(world, subscription, invoice_now=p.get("invoice_now", False))
    states.end(world, subscription, reason="cancellation_requested")
    return subscription


def _credit_rest(world: World, subscription: Object, *, invoice_now: bool) -> None:
    gone = [{"id": row["id"], "quantity": 0} for row in rows.of(world, subscription)]
    for cost in changes.plan(world, subscription, {"items": gone}).prorations:
        if cost["amount"]:
            world.emit("invoiceitem.created", world.store.add(cost))
    if invoice_now:
        subscriptions.bill(world, subscription, (), reason="subscription_update")
        subscriptions.pay_latest(world, subscription, behavior="allow_incomplete")


def _list(world: World, p: Params) -> Object:
    equal = {name: p[name] for name in ("customer", "test_clock") if name in p}
    found = world.store.select("subscription", **equal)
    status = p.get("status")
    if status not in ("all", None):
        found = [
            one
            for one in found
            if one["status"] == status or (status == "ended" and one["status"] in states.ENDED)
        ]
    elif status is None:
        found = [one for one in found if one["status"] != "canceled"]
    if "price" in p:
        found = [
            one for one in found if any(row["price"] == p["price"] for row in rows.of(world, one))
        ]
    return page(found, p, url=_PATH)


def _list_items(world: World, p: Params) -> Object:
    subscription = world.get("subscription", p["subscription"], param="subscription")
    return page(rows.of(world, subscription), p, url=_ITEM_PATH)


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route(
            "GET",
            _PATH,
            _list,
            lists(customer=text, price=text, status=choice(*_STATUSES), test_clock=text),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("subscription")),
        Route("POST", f"{_PATH}/{{}}", update, _UPDATE),
        Route("DELETE", f"{_PATH}/{{}}", cancel, _CANCEL),
        Route("GET", _ITEM_PATH, _list_items, lists("subscription", subscription=text)),
        Route("GET", f"{_ITEM_PATH}/{{}}", by_id("subscription_item")),
    ),
    views=rows.VIEWS,
)
