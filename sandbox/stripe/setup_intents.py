"""Setup intents: a card is saved for later, after its holder's authentication where it requires
one.
"""

from sandbox.stripe import cards, intents, payment_methods
from sandbox.stripe.cards import Auth
from sandbox.stripe.errors import unexpected_state
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists
from sandbox.stripe.params import (
    Params,
    boolean,
    choice,
    list_of,
    merged,
    metadata,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of, fresh_id

_PATH = "/v1/setup_intents"
_USAGE = choice("off_session", "on_session")
_CREATE = shape(
    automatic_payment_methods=shape("enabled", enabled=boolean, allow_redirects=text),
    confirm=boolean,
    customer=text,
    description=text,
    metadata=metadata,
    payment_method=text,
    payment_method_types=list_of(choice("card")),
    return_url=text,
    usage=_USAGE,
)


def create_for(world: World, customer: str | None, *, usage: str = "off_session") -> Object:
    """Create an intent without a payment method. Emits `setup_intent.created`."""
    intent_id = fresh_id("seti_")
    intent = world.store.add(
        {
            "id": intent_id,
            "object": "setup_intent",
            "allowed_payment_method_types": None,
            "application": None,
            "automatic_payment_methods": None,
            "cancellation_reason": None,
            "client_secret": f"{intent_id}_secret_{fresh_id('')}",
            "created": world.now(clock_of(world, {"customer": customer})),
            "customer": customer,
            "customer_account": None,
            "description": None,
            "excluded_payment_method_types": None,
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": False,
            "mandate": None,
            "metadata": {},
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": usage,
        }
    )
    world.emit("setup_intent.created", intent)
    return intent


def confirm(world: World, intent: Object, method_id: str, *, return_url: str | None = None) -> None:
    """Save the card, or require authentication first. Raises `ApiError` (402) for a declined
    card.
    """
    method = payment_methods.resolve(world, method_id)
    card = cards.behind(method)
    if card.refuses_attach and card.decline:
        raise payment_methods.declined(card.decline)
    intent["payment_method"] = method["id"]
    if card.auth in (Auth.ALWAYS, Auth.UNTIL_SET_UP):
        page = f"{world.settings.base_url}/3ds/{intent['id']}"
        intent.update(status="requires_action", next_action=intents.next_action(page, return_url))
        world.emit("setup_intent.requires_action", intent)
    else:
        _succeed(world, intent, method)


def authenticate(world: World, intent: Object, *, passed: bool) -> None:
    """Store the card holder's answer on the 3-D Secure page. Raises `ApiError` if none is
    pending.
    """
    if intent["status"] != "requires_action":
        raise unexpected_state("setup_intent", f"This SetupIntent is {intent['status']}.")
    intent["next_action"] = None
    if passed:
        _succeed(world, intent, world.get("payment_method", intent["payment_method"]))
        return
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_setup_error={
            "code": "setup_intent_authentication_failure",
            "message": "The latest attempt to set up the payment method has failed because "
            "authentication failed.",
            "type": "invalid_request_error",
        },
    )
    world.emit("setup_intent.setup_failed", intent)


def _succeed(world: World, intent: Object, method: Object) -> None:
    if intent["customer"]:
        customer = world.get("customer", intent["customer"])
        payment_methods.of_customer(world, method["id"], customer)
    intents.remember_setup(world, method)
    intent["status"] = "succeeded"
    world.emit("setup_intent.succeeded", intent)
    for waiting in world.store.select("subscription", pending_setup_intent=intent["id"]):
        with world.changing("customer.subscription.updated", waiting):
            waiting.update(pending_setup_intent=None, default_payment_method=method["id"])


def _create(world: World, p: Params) -> Object:
    if "customer" in p:
        world.get("customer", p["customer"], param="customer")
    intent = create_for(world, p.get("customer"), usage=p.get("usage", "off_session"))
    intent.update(description=p.get("description"), metadata=p.get("metadata", {}))
    if "automatic_payment_methods" in p:
        intent["automatic_payment_methods"] = {
            "allow_redirects": "always",
            **p["automatic_payment_methods"],
        }
    if p.get("confirm"):
        confirm(world, intent, p.get("payment_method", ""), return_url=p.get("return_url"))
    elif "payment_method" in p:
        intents.offer(intent, payment_methods.resolve(world, p["payment_method"]))
    return intent


def _confirm(world: World, p: Params, intent_id: str) -> Object:
    intent = world.get("setup_intent", intent_id)
    if intent["status"] not in intents.OPEN:
        raise unexpected_state("setup_intent", f"This SetupIntent is {intent['status']}.")
    method = p.get("payment_method") or intent["payment_method"] or ""
    confirm(world, intent, method, return_url=p.get("return_url"))
    return intent


def _cancel(world: World, p: Params, intent_id: str) -> Object:
    intent = world.get("setup_intent", intent_id)
    if intent["status"] not in intents.OPEN:
        raise unexpected_state("setup_intent", f"This SetupIntent is {intent['status']}.")
    intent.update(
        status="canceled", cancellation_reason=p.get("cancellation_reason"), next_action=None
    )
    world.emit("setup_intent.canceled", intent)
    return intent


def _update(world: World, p: Params, intent_id: str) -> Object:
    intent = world.get("setup_intent", intent_id)
    intent["description"] = p.get("description", intent["description"])
    intent["metadata"] = merged(intent["metadata"], p.get("metadata"))
    return intent


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route(
            "GET",
            _PATH,
            all_of("setup_intent", _PATH, "customer", "payment_method"),
            lists(customer=text, payment_method=text),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("setup_intent"), by_client=True),
        Route("POST", f"{_PATH}/{{}}", _update, shape(description=text, metadata=metadata)),
        Route(
            "POST",
            f"{_PATH}/{{}}/confirm",
            _confirm,
            shape(payment_method=text, return_url=text),
            by_client=True,
        ),
        Route(
            "POST",
            f"{_PATH}/{{}}/cancel",
            _cancel,
            shape(cancellation_reason=choice("abandoned", "duplicate", "requested_by_customer")),
        ),
    )
)
