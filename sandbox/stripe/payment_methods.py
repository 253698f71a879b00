"""Payment methods: only Stripe's documented test cards."""

from typing import Any

from sandbox.stripe import cards
from sandbox.stripe.errors import ApiError, invalid, missing
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import lists, page
from sandbox.stripe.params import Params, choice, integer, merged, metadata, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

_PATH = "/v1/payment_methods"
ADDRESS = shape(city=text, country=text, line1=text, line2=text, postal_code=text, state=text)
_BILLING = shape(address=ADDRESS, email=text, name=text, phone=text)
_CREATE = shape(
    "type",
    type=choice("card"),
    card=shape(token=text, number=text, exp_month=integer, exp_year=integer, cvc=text),
    billing_details=_BILLING,
    metadata=metadata,
)
_UPDATE = shape(
    billing_details=_BILLING,
    card=shape(exp_month=integer, exp_year=integer),
    metadata=metadata,
)


def resolve(world: World, method_id: str, *, param: str = "payment_method") -> Object:
    """The stored payment method; a documented test name creates one each time.

    Raises `ApiError` (400).
    """
    card = cards.named(method_id)
    return _new(world, card) if card else world.get("payment_method", method_id, param=param)


def of_customer(world: World, method_id: str, customer: Object) -> Object:
    """Like `resolve`, and attach a method without a customer to this one. Raises `ApiError`."""
    method = resolve(world, method_id)
    if method["customer"] == customer["id"]:
        return method
    if method["customer"] is not None:
        raise invalid(
            "The payment method you provided belongs to another customer.", param="payment_method"
        )
    return attach_to(world, method, customer)


def attach_to(world: World, method: Object, customer: Object) -> Object:
    """Attach a method to a customer. Raises `ApiError`: 402 for a card that is always declined."""
    card = cards.behind(method)
    if card.refuses_attach and card.decline:
        raise declined(card.decline, param="")
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def declined(decline: cards.Decline, *, param: str = "", **extra: Any) -> ApiError:
    """The error (402) of a declined card."""
    return ApiError(
        402,
        "card_error",
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        param=param or None,
        extra=extra,
    )


def default_of(world: World, customer: Object) -> Object | None:
    """The customer's default payment method of invoices."""
    chosen = customer["invoice_settings"]["default_payment_method"]
    return world.store.find(chosen) if chosen else None


def _new(world: World, card: cards.Card, given: Params | None = None) -> Object:
    method = world.new(
        "pm_",
        "payment_method",
        allow_redisplay="unspecified",
        billing_details={
            "address": dict.fromkeys(ADDRESS.fields),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        card=_details(card),
        customer=None,
        customer_account=None,
        metadata={},
        type="card",
    )
    _apply(method, given or {})
    return method


def _details(card: cards.Card) -> Object:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "ID",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2040,
        "fingerprint": f"sandbox{card.last4}",
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _apply(method: Object, given: Params) -> None:
    billing = dict(given.get("billing_details", {}))
    method["billing_details"]["address"].update(billing.pop("address", {}))
    method["billing_details"].update(billing)
    method["card"].update(
        {name: given["card"][name] for name in ("exp_month", "exp_year") if name in given["card"]}
        if "card" in given
        else {}
    )
    method["metadata"] = merged(method["metadata"], given.get("metadata"))


def _create(world: World, p: Params) -> Object:
    wanted = p.get("card", {})
    token = wanted.get("token", "")
    if token.startswith("tok_"):
        card = cards.named(f"pm_card_{token.removeprefix('tok_')}")
    else:
        card = cards.numbered(wanted.get("number", ""))
    if card is None:
        raise missing("token", token or "card", param="card[token]")
    return _new(world, card, p)


def _update(world: World, p: Params, method_id: str) -> Object:
    method = world.get("payment_method", method_id)
    with world.changing("payment_method.updated", method):
        _apply(method, p)
    return method


def _attach(world: World, p: Params, method_id: str) -> Object:
    customer = world.get("customer", p["customer"], param="customer")
    if cards.named(method_id) is None:
        world.get("payment_method", method_id)
    return of_customer(world, method_id, customer)


def _detach(world: World, _p: Params, method_id: str) -> Object:
    method = world.get("payment_method", method_id)
    owner = method["customer"]
    if owner is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    method["customer"] = None
    customer = world.get("customer", owner)
    with world.changing("customer.updated", customer):
        if customer["invoice_settings"]["default_payment_method"] == method_id:
            customer["invoice_settings"]["default_payment_method"] = None
    for subscription in world.store.select("subscription", default_payment_method=method_id):
        subscription["default_payment_method"] = None
    world.emit("payment_method.detached", method, {"customer": owner})
    return method


def _list(world: World, p: Params) -> Object:
    if "customer" not in p:
        return page([], p, url=_PATH)
    return _list_of_customer(world, p, p["customer"])


def _list_of_customer(world: World, p: Params, customer_id: str) -> Object:
    world.get("customer", customer_id, param="customer")
    found = world.store.select("payment_method", customer=customer_id, type=p.get("type", "card"))
    return page(found, p, url=f"/v1/customers/{customer_id}/payment_methods")


def _retrieve(world: World, _p: Params, method_id: str) -> Object:
    card = cards.named(method_id)
    return _new(world, card) if card else world.get("payment_method", method_id)


def _retrieve_of_customer(world: World, _p: Params, customer_id: str, method_id: str) -> Object:
    method = world.get("payment_method", method_id)
    if method["customer"] != customer_id:
        raise missing("payment_method", method_id)
    return method


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route("GET", _PATH, _list, lists(customer=text, type=text)),
        Route("GET", f"{_PATH}/{{}}", _retrieve),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
        Route("POST", f"{_PATH}/{{}}/attach", _attach, shape("customer", customer=text)),
        Route("POST", f"{_PATH}/{{}}/detach", _detach),
        Route("GET", "/v1/customers/{}/payment_methods", _list_of_customer, lists(type=text)),
        Route("GET", "/v1/customers/{}/payment_methods/{}", _retrieve_of_customer),
    )
)
