"""Payment intents: creation, confirmation, authentication, success and decline.

The endpoints are in `payment_intents`; invoices and checkout sessions use this module directly.
"""

from dataclasses import dataclass

from sandbox.stripe import cards, charges, disputes
from sandbox.stripe.cards import Auth
from sandbox.stripe.errors import ApiError, unexpected_state
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of, fresh_id

_CARD_OPTIONS = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}
OPEN = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


@dataclass(frozen=True)
class Order:
    """The amount, the customer and the options of a payment."""

    amount: int
    currency: str
    customer: str | None = None
    description: str | None = None
    metadata: dict[str, str] | None = None
    receipt_email: str | None = None
    setup_future_usage: str | None = None
    automatic: bool = False


def create(world: World, order: Order) -> Object:
    """Create an intent without a payment method. Emits `payment_intent.created`."""
    intent_id = fresh_id("pi_")
    clock = clock_of(world, {"customer": order.customer})
    intent = world.store.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            "allowed_payment_method_types": None,
            "amount": order.amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": (
                {"allow_redirects": "always", "enabled": True} if order.automatic else None
            ),
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "client_secret": f"{intent_id}_secret_{fresh_id('')}",
            "confirmation_method": "automatic",
            "created": world.now(clock),
            "currency": order.currency,
            "customer": order.customer,
            "customer_account": None,
            "description": order.description,
            "excluded_payment_method_types": None,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": dict(order.metadata or {}),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": dict(_CARD_OPTIONS)},
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": order.receipt_email,
            "review": None,
            "setup_future_usage": order.setup_future_usage,
            "shipping": None,
            "source": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        }
    )
    world.emit("payment_intent.created", intent)
    return intent


def offer(intent: Object, method: Object) -> None:
    """Set the payment method that the next confirmation will use."""
    intent.update(payment_method=method["id"], status="requires_confirmation")


def confirm(
    world: World,
    intent: Object,
    method: Object,
    *,
    off_session: bool = False,
    return_url: str | None = None,
) -> None:
    """Try to pay: afterwards the intent is `succeeded`, `requires_action`, or
    `requires_payment_method` with `last_payment_error`.
    """
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    if needs_authentication(world, method, off_session=off_session):
        page = f"{world.settings.base_url}/3ds/{intent['id']}"
        intent.update(status="requires_action", next_action=next_action(page, return_url))
        world.emit("payment_intent.requires_action", intent)
    else:
        _charge(world, intent, method, three_d_secure=False)


def authenticate(world: World, intent: Object, *, passed: bool) -> None:
    """Store the card holder's answer on the 3-D Secure page. Raises `ApiError` if none is
    pending.
    """
    if intent["status"] != "requires_action":
        raise unexpected_state(
            "payment_intent", f"This PaymentIntent's status is {intent['status']}."
        )
    method = world.get("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if not passed:
        _fail(
            world,
            intent,
            method,
            cards.Decline(
                "payment_intent_authentication_failure",
                "The provided PaymentMethod has failed authentication. You can provide a new "
                "PaymentMethod to attempt to fulfill this PaymentIntent again.",
            ),
        )
        return
    if intent["setup_future_usage"]:
        remember_setup(world, method)
    _charge(world, intent, method, three_d_secure=True)


def require_presence(world: World, intent: Object, method: Object) -> None:
    """Decline the payment, because its card holder would have to confirm and is absent."""
    decline = cards.Decline(
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
        "authentication_required",
    )
    _fail(world, intent, method, decline)
    intent["last_payment_error"]["type"] = "card_error"


def cancel(world: World, intent: Object, *, reason: str | None) -> None:
    """Cancel an intent. Raises `ApiError` when it is paid or canceled."""
    if intent["status"] not in OPEN:
        raise unexpected_state(
            "payment_intent",
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            payment_intent=world.render(intent),
        )
    intent.update(
        status="canceled",
        canceled_at=world.now(clock_of(world, intent)),
        cancellation_reason=reason,
        next_action=None,
    )
    world.emit("payment_intent.canceled", intent)


def refusal(world: World, intent: Object) -> ApiError:
    """The error (402) of an intent that was just declined; changes so far stay."""
    error = dict(intent["last_payment_error"] or {})
    return ApiError(
        402,
        "card_error",
        error.pop("message", "Your card was declined."),
        code=error.pop("code", None),
        decline_code=error.pop("decline_code", None),
        extra={
            **{name: error[name] for name in ("charge", "payment_method") if name in error},
            "payment_intent": world.render(intent),
        },
        keeps=True,
    )


def unconfirmed(world: World, intent: Object) -> ApiError:
    """The error (402) of an invoice's intent that waits for its card holder's confirmation."""
    return ApiError(
        402,
        "card_error",
        "This payment requires additional user action before it can be completed successfully. "
        "Payment can be completed using the PaymentIntent associated with the invoice.",
        code="invoice_payment_intent_requires_action",
        extra={"payment_intent": world.render(intent)},
        keeps=True,
    )


def needs_authentication(world: World, method: Object, *, off_session: bool) -> bool:
    """Return whether the card requires authentication for this payment."""
    match cards.behind(method).auth:
        case Auth.ALWAYS:
            return True
        case Auth.ON_SESSION:
            return not off_session
        case Auth.UNTIL_SET_UP:
            return not (off_session and world.store.find(f"set_up_{method['id']}"))
        case Auth.NEVER:
            return False


def remember_setup(world: World, method: Object) -> None:
    """Record the set-up: later payments off session need no authentication, if the card allows
    it.
    """
    note = f"set_up_{method['id']}"
    if world.store.find(note) is None:
        world.store.add({"id": note, "object": "sandbox.note"})


def next_action(page: str, return_url: str | None) -> Object:
    """The next action: a redirect when there is a page to return to, else one by Stripe.js."""
    if return_url:
        return {
            "redirect_to_url": {"return_url": return_url, "url": page},
            "type": "redirect_to_url",
        }
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page},
    }


def _charge(world: World, intent: Object, method: Object, *, three_d_secure: bool) -> None:
    charge = charges.attempt(world, intent, method, three_d_secure=three_d_secure)
    intent["latest_charge"] = charge["id"]
    card = cards.behind(method)
    if card.decline:
        world.emit("charge.failed", charge)
        _fail(world, intent, method, card.decline, charge=charge)
        return
    intent.update(status="succeeded", amount_received=intent["amount"])
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    if card.dispute:
        disputes.open_dispute(world, charge, reason=card.dispute)


def _fail(
    world: World,
    intent: Object,
    method: Object,
    decline: cards.Decline,
    *,
    charge: Object | None = None,
) -> None:
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error={
            **({"charge": charge["id"]} if charge else {}),
            "code": decline.code,
            **({"decline_code": decline.decline_code} if decline.decline_code else {}),
            "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
            "message": decline.message,
            "payment_method": world.render(method),
            "type": "card_error" if charge else "invalid_request_error",
        },
    )
    world.emit("payment_intent.payment_failed", intent)
