"""The endpoints of payment intents."""

from sandbox.stripe import collecting, intents, payment_methods
from sandbox.stripe.errors import invalid, unexpected_state
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists
from sandbox.stripe.params import (
    Params,
    boolean,
    choice,
    currency,
    integer,
    list_of,
    merged,
    metadata,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

_PATH = "/v1/payment_intents"
_USAGE = choice("off_session", "on_session")
_UPDATE = shape(
    amount=integer,
    currency=currency,
    customer=text,
    description=text,
    metadata=metadata,
    payment_method=text,
    receipt_email=text,
    setup_future_usage=_USAGE,
)
_CREATE = shape(
    "amount",
    "currency",
    **_UPDATE.fields,
    automatic_payment_methods=shape("enabled", enabled=boolean, allow_redirects=text),
    confirm=boolean,
    error_on_requires_action=boolean,
    off_session=boolean,
    payment_method_types=list_of(choice("card")),
    return_url=text,
)
_CONFIRM = shape(
    error_on_requires_action=boolean,
    off_session=boolean,
    payment_method=text,
    return_url=text,
    setup_future_usage=_USAGE,
    use_stripe_sdk=boolean,
)
_CANCEL = shape(
    cancellation_reason=choice("abandoned", "duplicate", "fraudulent", "requested_by_customer")
)


def _create(world: World, p: Params) -> Object:
    if p["amount"] < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            param="amount",
            code="parameter_invalid_integer",
        )
    if "customer" in p:
        world.get("customer", p["customer"], param="customer")
    intent = intents.create(
        world,
        intents.Order(
            amount=p["amount"],
            currency=p["currency"],
            customer=p.get("customer"),
            description=p.get("description"),
            metadata=p.get("metadata"),
            receipt_email=p.get("receipt_email"),
            setup_future_usage=p.get("setup_future_usage"),
            automatic="payment_method_types" not in p,
        ),
    )
    if "payment_method" in p:
        intents.offer(intent, _method(world, intent, p["payment_method"]))
    if p.get("confirm"):
        _confirmed(world, intent, p)
    return intent


def _update(world: World, p: Params, intent_id: str) -> Object:
    intent = world.get("payment_intent", intent_id)
    if intent["status"] not in intents.OPEN and set(p) - {"description", "metadata"}:
        raise unexpected_state(
            "payment_intent", f"This PaymentIntent could not be updated: {intent['status']}."
        )
    plain = ("amount", "currency", "customer", "description", "receipt_email", "setup_future_usage")
    intent.update({name: p[name] for name in plain if name in p})
    intent["metadata"] = merged(intent["metadata"], p.get("metadata"))
    if p.get("payment_method"):
        intents.offer(intent, _method(world, intent, p["payment_method"]))
    return intent


def _confirm(world: World, p: Params, intent_id: str) -> Object:
    intent = world.get("payment_intent", intent_id)
    if intent["status"] not in intents.OPEN:
        raise unexpected_state(
            "payment_intent",
            f"This PaymentIntent's status is {intent['status']}, so it cannot be confirmed.",
            payment_intent=world.render(intent),
        )
    intent["setup_future_usage"] = p.get("setup_future_usage", intent["setup_future_usage"])
    if p.get("payment_method"):
        intents.offer(intent, _method(world, intent, p["payment_method"]))
    _confirmed(world, intent, p)
    return intent


def _confirmed(world: World, intent: Object, p: Params) -> None:
    """Confirm an intent. Raises `ApiError` (402) when the card is declined; the intent stores the
    error.
    """
    if intent["payment_method"] is None:
        raise unexpected_state(
            "payment_intent",
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
        )
    method = world.get("payment_method", intent["payment_method"])
    off_session = p.get("off_session", False)
    if off_session or p.get("error_on_requires_action"):
        _refuse_authentication(world, intent, method, off_session=off_session)
    intents.confirm(world, intent, method, off_session=off_session, return_url=p.get("return_url"))
    collecting.follow(world, intent)
    if intent["status"] == "requires_payment_method":
        raise intents.refusal(world, intent)
    if intent["status"] == "succeeded" and intent["customer"] and intent["setup_future_usage"]:
        customer = world.get("customer", intent["customer"])
        payment_methods.of_customer(world, method["id"], customer)
        intents.remember_setup(world, method)


def _refuse_authentication(
    world: World, intent: Object, method: Object, *, off_session: bool
) -> None:
    if intents.needs_authentication(world, method, off_session=off_session):
        intents.require_presence(world, intent, method)
        raise intents.refusal(world, intent)


def _method(world: World, intent: Object, method_id: str) -> Object:
    method = payment_methods.resolve(world, method_id)
    if method["customer"] and method["customer"] != intent["customer"]:
        raise invalid(
            "The provided PaymentMethod cannot be attached: it belongs to a Customer that is not "
            "the PaymentIntent's.",
            param="payment_method",
        )
    return method


def _cancel(world: World, p: Params, intent_id: str) -> Object:
    intent = world.get("payment_intent", intent_id)
    intents.cancel(world, intent, reason=p.get("cancellation_reason"))
    return intent


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route("GET", _PATH, all_of("payment_intent", _PATH, "customer"), lists(customer=text)),
        Route("GET", f"{_PATH}/{{}}", by_id("payment_intent"), by_client=True),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
        Route("POST", f"{_PATH}/{{}}/confirm", _confirm, _CONFIRM, by_client=True),
        Route("POST", f"{_PATH}/{{}}/cancel", _cancel, _CANCEL),
    )
)
