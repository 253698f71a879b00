"""Customers."""

from sandbox.stripe import payment_methods, states
from sandbox.stripe.errors import missing
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import lists, page
from sandbox.stripe.params import Params, integer, list_of, merged, metadata, shape, text
from sandbox.stripe.payment_methods import ADDRESS
from sandbox.stripe.store import Object
from sandbox.stripe.views import View, listing
from sandbox.stripe.world import World, fresh_id

_PATH = "/v1/customers"
_INVOICES = shape(default_payment_method=text, footer=text)
_UPDATE = shape(
    address=ADDRESS,
    balance=integer,
    description=text,
    email=text,
    invoice_settings=_INVOICES,
    metadata=metadata,
    name=text,
    phone=text,
    preferred_locales=list_of(text),
)
_CREATE = shape(**{**_UPDATE.fields, "payment_method": text, "test_clock": text})
_PLAIN = ("balance", "description", "email", "name", "phone", "preferred_locales")


def create(world: World, p: Params) -> Object:
    """Create a customer. Raises `ApiError`, 402 when the given card is declined."""
    clock = p.get("test_clock")
    if clock:
        world.get("test_helpers.test_clock", clock, param="test_clock")
    customer = world.new(
        "cus_",
        "customer",
        clock=clock,
        address=None,
        balance=0,
        currency=None,
        customer_account=None,
        default_source=None,
        delinquent=False,
        description=None,
        discount=None,
        email=None,
        invoice_prefix=fresh_id("")[:8].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata={},
        name=None,
        next_invoice_sequence=1,
        phone=None,
        preferred_locales=[],
        shipping=None,
        tax_exempt="none",
        test_clock=clock,
    )
    if "payment_method" in p:
        method = payment_methods.of_customer(world, p["payment_method"], customer)
        # A documented test name stands for a payment method that is created by its use.
        if p.get("invoice_settings", {}).get("default_payment_method") == p["payment_method"]:
            p["invoice_settings"]["default_payment_method"] = method["id"]
    _apply(world, customer, p)
    world.emit("customer.created", customer)
    return customer


def _update(world: World, p: Params, customer_id: str) -> Object:
    customer = world.get("customer", customer_id)
    with world.changing("customer.updated", customer):
        _apply(world, customer, p)
    return customer


def _apply(world: World, customer: Object, p: Params) -> None:
    customer.update({name: p[name] or None for name in _PLAIN if name in p})
    customer["balance"] = customer["balance"] or 0
    customer["preferred_locales"] = customer["preferred_locales"] or []
    if "address" in p:
        customer["address"] = {**dict.fromkeys(ADDRESS.fields), **p["address"]}
    wanted = dict(p.get("invoice_settings", {}))
    if wanted.get("default_payment_method"):
        method = world.get(
            "payment_method",
            wanted["default_payment_method"],
            param="invoice_settings[default_payment_method]",
        )
        if method["customer"] != customer["id"]:
            raise missing(
                "payment_method", method["id"], param="invoice_settings[default_payment_method]"
            )
    customer["invoice_settings"].update({name: value or None for name, value in wanted.items()})
    customer["metadata"] = merged(customer["metadata"], p.get("metadata"))


def _delete(world: World, _p: Params, customer_id: str) -> Object:
    customer = world.get("customer", customer_id)
    for subscription in world.store.select("subscription", customer=customer_id):
        if subscription["status"] not in states.ENDED:
            states.end(world, subscription, reason="cancellation_requested")
    for method in world.store.select("payment_method", customer=customer_id):
        method["customer"] = None
    world.emit("customer.deleted", customer)
    gone = {"id": customer_id, "object": "customer", "deleted": True}
    customer.clear()
    customer.update(gone)
    return customer


def _retrieve(world: World, _p: Params, customer_id: str) -> Object:
    return world.get("customer", customer_id)


def _list(world: World, p: Params) -> Object:
    equal = {name: p[name] for name in ("email", "test_clock") if name in p}
    found = world.store.select("customer", **equal)
    return page([one for one in found if not one.get("deleted")], p, url=_PATH)


def _subscriptions(world: World, customer: Object) -> Object:
    found = world.store.select("subscription", customer=customer["id"])
    live = [one for one in reversed(found) if one["status"] not in states.ENDED]
    return listing(f"{_PATH}/{customer['id']}/subscriptions", live)


FAMILY = Family(
    routes=(
        Route("POST", _PATH, create, _CREATE),
        Route("GET", _PATH, _list, lists(email=text, test_clock=text)),
        Route("GET", f"{_PATH}/{{}}", _retrieve),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
        Route("DELETE", f"{_PATH}/{{}}", _delete),
    ),
    views={"customer": View(on_request={"subscriptions": _subscriptions})},
)
