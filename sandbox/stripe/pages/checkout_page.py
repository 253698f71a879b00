"""The hosted page of a checkout session, and the card holder's bank (3-D Secure)."""

from sandbox.stripe import checkout, collecting, intents, setup_intents
from sandbox.stripe.pages.html import Answer, Markup, Redirect, button, money, page, table, tag
from sandbox.stripe.params import Params
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

CARDS = (
    ("pm_card_visa", "Visa 4242: pays"),
    ("pm_card_mastercard", "Mastercard 4444: pays"),
    ("pm_card_threeDSecure2Required", "Visa 3220: the bank asks first (3-D Secure)"),
    ("pm_card_chargeDeclined", "Visa 0002: declined"),
    ("pm_card_chargeDeclinedInsufficientFunds", "Visa 9995: insufficient funds"),
    ("pm_card_chargeDeclinedExpiredCard", "Visa 0069: expired"),
    ("pm_card_createDispute", "Visa 0259: pays, then disputes"),
)


def card_choice() -> Markup:
    """A form field to choose one of the test cards."""
    options = (tag("option", label, value=value) for value, label in CARDS)
    return tag("label", "Card ", tag("select", *options, name="card"))


def show(world: World, p: Params, session_id: str) -> Answer:
    """The page with the line items, and buttons to pay or to go back."""
    session = world.get("checkout.session", session_id)
    if session["status"] != "open":
        return page("Checkout", tag("p", f"This checkout session is {session['status']}."))
    bought = (
        (line["description"], line["quantity"], money(line["amount_total"], line["currency"]))
        for line in checkout.lines_of(world, session)
    )
    total = money(session["amount_total"], session["currency"])
    form = tag(
        "form",
        tag("p", card_choice()),
        tag("button", f"Pay {total}", class_="main", name="action", value="pay"),
        " ",
        tag("button", "Cancel", name="action", value="cancel") if session["cancel_url"] else None,
        method="post",
    )
    return page(
        "Checkout",
        tag(
            "div",
            tag("p", p["problem"], class_="bad", role="alert") if "problem" in p else None,
            table(("Item", "Quantity", "Amount"), bought),
            tag("p", tag("strong", f"Total {total}")),
            form,
            class_="card",
        ),
    )


def act(world: World, p: Params, session_id: str) -> Answer:
    """Handle a click on one of the buttons."""
    session = world.get("checkout.session", session_id)
    if p.get("action") == "cancel" and session["cancel_url"]:
        return Redirect(_filled(session["cancel_url"], session))
    intent = checkout.pay(world, session, p.get("card", ""))
    if intent and intent["status"] == "requires_action":
        return Redirect(f"/3ds/{intent['id']}")
    return Redirect(_filled(session["success_url"], session))


def show_bank(world: World, _p: Params, intent_id: str) -> Answer:
    """The page on which the bank asks the card holder."""
    intent = _intent(world, intent_id)
    if intent["status"] != "requires_action":
        return page("Your bank", tag("p", "There is nothing to confirm."))
    what = (
        f"Pay {money(intent['amount'], intent['currency'])} to {world.settings.account_name}?"
        if intent["object"] == "payment_intent"
        else f"Save your card for {world.settings.account_name}?"
    )
    here = f"/3ds/{intent_id}"
    buttons = (
        button("Complete authentication", here, main=True, answer="pass"),
        button("Fail authentication", here, answer="fail"),
    )
    return page("Your bank", tag("div", tag("p", what), *buttons, class_="card"))


def answer_bank(world: World, p: Params, intent_id: str) -> Answer:
    """Store the card holder's answer and redirect to the page where the payment began."""
    intent = _intent(world, intent_id)
    return_url = ((intent["next_action"] or {}).get("redirect_to_url") or {}).get("return_url")
    passed = p.get("answer") == "pass"
    if intent["object"] == "setup_intent":
        setup_intents.authenticate(world, intent, passed=passed)
    else:
        intents.authenticate(world, intent, passed=passed)
        collecting.follow(world, intent)
        session = _session_of(world, intent)
        if session:
            return _back_to_checkout(world, session, intent)
    if return_url:
        return Redirect(_returned(return_url, intent))
    return page("Your bank", tag("p", f"Done: {intent['status']}. You can close this page."))


def _back_to_checkout(world: World, session: Object, intent: Object) -> Answer:
    if intent["status"] == "succeeded":
        checkout.complete(world, session)
        return Redirect(_filled(session["success_url"], session))
    message = (intent["last_payment_error"] or {}).get("message", "The payment failed.")
    return show(world, {"problem": message}, session["id"])


def _intent(world: World, intent_id: str) -> Object:
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    return world.get(kind, intent_id)


def _session_of(world: World, intent: Object) -> Object | None:
    for session in world.store.select("checkout.session", status="open"):
        if session["payment_intent"] == intent["id"]:
            return session
        if session["subscription"] and intent["id"] == _first_intent(world, session):
            return session
    return None


def _first_intent(world: World, session: Object) -> str | None:
    subscription = world.get("subscription", session["subscription"])
    paid = world.store.select("invoice_payment", invoice=subscription["latest_invoice"])
    return paid[0]["payment"]["payment_intent"] if paid else None


def _filled(url: str, session: Object) -> str:
    return url.replace("{CHECKOUT_SESSION_ID}", str(session["id"]))


def _returned(url: str, intent: Object) -> str:
    kind = str(intent["object"])
    mark = "&" if "?" in url else "?"
    return (
        f"{url}{mark}{kind}={intent['id']}&{kind}_client_secret={intent['client_secret']}"
        f"&redirect_status={'succeeded' if intent['status'] == 'succeeded' else 'failed'}"
    )
