"""Stripe's documented test cards and their behaviour."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.stripe.store import Object


class Auth(StrEnum):
    """The payments for which a card requires 3-D Secure."""

    NEVER = "never"
    ALWAYS = "always"
    # Payments off session need none once the card was set up.
    UNTIL_SET_UP = "until_set_up"
    # The card was set up already; only payments on session require authentication.
    ON_SESSION = "on_session"


@dataclass(frozen=True)
class Decline:
    """The reasons for which a charge is declined."""

    code: str
    message: str
    decline_code: str | None = None


@dataclass(frozen=True)
class Card:
    """One test card. The last four digits distinguish the cards."""

    last4: str
    brand: str = "visa"
    decline: Decline | None = None
    # The card is declined already when it is attached, not only when it is charged.
    refuses_attach: bool = False
    auth: Auth = Auth.NEVER
    dispute: str | None = None
    funding: str = "credit"


def _refused(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", message, decline_code)


_GENERIC = _refused("generic_decline")
_FUNDS = _refused("insufficient_funds", "Your card has insufficient funds.")
_EXPIRED = Decline("expired_card", "Your card has expired.", "expired_card")
_CVC = Decline("incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc")
_PROCESSING = Decline(
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    "processing_error",
)


def _declined(last4: str, decline: Decline) -> Card:
    return Card(last4, decline=decline, refuses_attach=True)


# The cards by the suffix of `pm_card_`.
BY_NAME = {
    "visa": Card("4242"),
    "visa_debit": Card("5556", funding="debit"),
    "mastercard": Card("4444", brand="mastercard"),
    "amex": Card("8431", brand="amex"),
    "chargeDeclined": _declined("0002", _GENERIC),
    "chargeDeclinedInsufficientFunds": _declined("9995", _FUNDS),
    "chargeDeclinedLostCard": _declined("9987", _refused("lost_card")),
    "chargeDeclinedStolenCard": _declined("9979", _refused("stolen_card")),
    "chargeDeclinedExpiredCard": _declined("0069", _EXPIRED),
    "chargeDeclinedIncorrectCvc": _declined("0127", _CVC),
    "chargeDeclinedProcessingError": _declined("0119", _PROCESSING),
    "chargeCustomerFail": Card("0341", decline=_GENERIC),
    "authenticationRequired": Card("3184", auth=Auth.ALWAYS),
    "authenticationRequiredOnSetup": Card("3155", auth=Auth.UNTIL_SET_UP),
    "authenticationRequiredSetupForOffSession": Card("0446", auth=Auth.ON_SESSION),
    "authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "3178", decline=_FUNDS, auth=Auth.ALWAYS
    ),
    "threeDSecure2Required": Card("3220", auth=Auth.ALWAYS),
    "threeDSecureRequired": Card("3063", auth=Auth.ALWAYS),
    "createDispute": Card("0259", dispute="fraudulent"),
    "createDisputeProductNotReceived": Card("2685", dispute="product_not_received"),
}
_ALIASES = {f"visa_{name}": name for name in BY_NAME if name.startswith("chargeDeclined")} | {
    "chargeDeclinedFraudulent": "chargeDeclined"
}
_BY_LAST4 = {card.last4: card for card in BY_NAME.values()}
_PREFIX = "pm_card_"


def named(method_id: str) -> Card | None:
    """The card behind `pm_card_…`, if it is one of the documented names."""
    name = method_id.removeprefix(_PREFIX) if method_id.startswith(_PREFIX) else ""
    return BY_NAME.get(_ALIASES.get(name, name))


def numbered(number: str) -> Card | None:
    """The card with that number, identified by its last four digits."""
    return _BY_LAST4.get(number[-4:])


def behind(method: Object) -> Card:
    """The card of a stored payment method."""
    return _BY_LAST4[method["card"]["last4"]]
