"""The billing portal: a customer's card, subscriptions and invoices."""

from collections.abc import Iterator

from sandbox.stripe import payment_methods, setup_intents, states, subscription_endpoints
from sandbox.stripe import subscription_items as rows
from sandbox.stripe.pages.checkout_page import card_choice
from sandbox.stripe.pages.html import (
    Answer,
    Markup,
    Part,
    Redirect,
    button,
    moment,
    money,
    page,
    table,
    tag,
)
from sandbox.stripe.params import Params
from sandbox.stripe.store import Object
from sandbox.stripe.world import World


def show(world: World, p: Params, session_id: str) -> Answer:
    """The portal's only page."""
    session = world.get("billing_portal.session", session_id)
    customer = world.get("customer", session["customer"])
    return page(
        "Your billing",
        tag("p", p["problem"], class_="bad", role="alert") if "problem" in p else None,
        tag("p", customer["email"]),
        tag("h2", "Subscriptions"),
        *_subscriptions(world, session),
        tag("h2", "Card"),
        _card(world, customer, session),
        tag("h2", "Invoices"),
        table(("Number", "Date", "Status", "Amount"), _invoices(world, customer)),
        tag("p", tag("a", "Return", href=session["return_url"])) if session["return_url"] else None,
    )


def act(world: World, p: Params, session_id: str) -> Answer:
    """Handle a click: `action` is cancel, resume or card."""
    session = world.get("billing_portal.session", session_id)
    here = f"/p/session/{session_id}"
    if p.get("action") == "card":
        return _change_card(world, session, p.get("card", ""))
    subscription = world.get("subscription", p.get("subscription", ""))
    if subscription["customer"] == session["customer"]:
        cancels = {"cancel_at_period_end": p.get("action") == "cancel"}
        subscription_endpoints.update(world, cancels, subscription["id"])
    return Redirect(here)


def _change_card(world: World, session: Object, card: str) -> Answer:
    customer = world.get("customer", session["customer"])
    intent = setup_intents.create_for(world, customer["id"])
    here = f"/p/session/{session['id']}"
    page_url = f"{world.settings.base_url}{here}"
    setup_intents.confirm(world, intent, card, return_url=page_url)
    with world.changing("customer.updated", customer):
        customer["invoice_settings"]["default_payment_method"] = intent["payment_method"]
    for subscription in world.store.select("subscription", customer=customer["id"]):
        if subscription["default_payment_method"] and subscription["status"] not in states.ENDED:
            with world.changing("customer.subscription.updated", subscription):
                subscription["default_payment_method"] = intent["payment_method"]
    return Redirect(f"/3ds/{intent['id']}" if intent["status"] == "requires_action" else here)


def _subscriptions(world: World, session: Object) -> Iterator[Markup]:
    for one in world.store.select("subscription", customer=session["customer"]):
        if one["status"] in states.ENDED:
            continue
        names = ", ".join(
            f"{world.get('product', item.price['product'])['name']} "
            f"({money(item.amount, item.price['currency'])})"
            for item in rows.items(world, one)
        )
        until = moment(rows.period_of(world, one)[1])
        ends = one["cancel_at_period_end"]
        yield tag("p", f"{names}: {one['status']}, {'ends' if ends else 'renews'} {until} UTC")
        yield button(
            "Resume" if ends else "Cancel at the end of the period",
            f"/p/session/{session['id']}",
            action="resume" if ends else "cancel",
            subscription=str(one["id"]),
        )


def _card(world: World, customer: Object, session: Object) -> Markup:
    method = payment_methods.default_of(world, customer)
    shown = f"{method['card']['brand']} {method['card']['last4']}" if method else "None"
    return tag(
        "form",
        tag("p", f"Now: {shown}"),
        tag("p", card_choice()),
        tag("button", "Use this card", name="action", value="card"),
        method="post",
        action=f"/p/session/{session['id']}",
    )


def _invoices(world: World, customer: Object) -> Iterator[tuple[Part, ...]]:
    for one in reversed(world.store.select("invoice", customer=customer["id"])):
        yield (
            tag("a", one["number"] or "draft", href=f"/i/{one['id']}"),
            moment(one["created"]),
            one["status"],
            money(one["total"], one["currency"]),
        )
