"""Prices: so much for so long, or once. Amounts are in the currency's smallest unit: for IDR
hundredths of a rupiah.
"""

from sandbox.stripe import products
from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import by_id, lists, page
from sandbox.stripe.params import (
    Kind,
    Params,
    boolean,
    choice,
    currency,
    decimal,
    integer,
    list_of,
    merged,
    metadata,
    positive,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.views import View
from sandbox.stripe.world import World

_PATH = "/v1/prices"
INTERVAL = choice("day", "week", "month", "year")
RECURRING = shape("interval", interval=INTERVAL, interval_count=integer)
_AMOUNT: dict[str, Kind] = {
    "currency": currency,
    "unit_amount": positive,
    "unit_amount_decimal": decimal,
    "recurring": RECURRING,
    "tax_behavior": choice("exclusive", "inclusive", "unspecified"),
}
DATA: dict[str, Kind] = {**_AMOUNT, "metadata": metadata}
_UPDATE = shape(
    active=boolean,
    lookup_key=text,
    metadata=metadata,
    nickname=text,
    transfer_lookup_key=boolean,
)
_CREATE = shape(
    "currency",
    **_AMOUNT,
    **_UPDATE.fields,
    billing_scheme=choice("per_unit"),
    product=text,
    product_data=shape("name", name=text, metadata=metadata),
)


def create(world: World, p: Params) -> Object:
    """Create a price. Raises `ApiError`."""
    if "product_data" in p:
        product = products.create(world, p["product_data"])["id"]
    elif "product" in p:
        product = world.get("product", p["product"], param="product")["id"]
    else:
        raise invalid("Missing required param: product.", param="product", code="parameter_missing")
    amount = _amount(p)
    recurring = p.get("recurring")
    price = world.new(
        "price_",
        "price",
        active=p.get("active", True),
        billing_scheme="per_unit",
        currency=p["currency"],
        custom_unit_amount=None,
        lookup_key=None,
        metadata={},
        nickname=None,
        product=product,
        recurring=_recurring(recurring) if recurring else None,
        tax_behavior=p.get("tax_behavior", "unspecified"),
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    _apply(world, price, p)
    world.emit("price.created", price)
    return price


def from_data(world: World, p: Params) -> Object:
    """The price that `price_data` of a checkout session or subscription describes."""
    price = create(world, p)
    price["active"] = False
    return price


def plan(_world: World, price: Object) -> Object:
    """The price as the older kind of object, which subscription items still carry."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }


def _amount(p: Params) -> int:
    if "unit_amount" in p:
        return int(p["unit_amount"])
    amount = p.get("unit_amount_decimal", "")
    if not amount.isdecimal():
        raise invalid(
            "Prices require an `unit_amount` or a whole `unit_amount_decimal` parameter to be set.",
            param="unit_amount",
            code="parameter_missing",
        )
    return int(amount)


def _recurring(given: Params) -> Object:
    count = given.get("interval_count", 1)
    if count < 1:
        raise invalid(
            "Invalid interval_count: must be at least 1", param="recurring[interval_count]"
        )
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _apply(world: World, price: Object, p: Params) -> None:
    if p.get("lookup_key"):
        _claim(world, price, p["lookup_key"], transfer=p.get("transfer_lookup_key", False))
    price.update({name: p[name] or None for name in ("lookup_key", "nickname") if name in p})
    price["active"] = p.get("active", price["active"])
    price["metadata"] = merged(price["metadata"], p.get("metadata"))


def _claim(world: World, price: Object, key: str, *, transfer: bool) -> None:
    for holder in world.store.select("price", lookup_key=key):
        if holder is price:
            continue
        if not transfer:
            raise invalid(
                f"A price (`{holder['id']}`) already uses that lookup key. To transfer it, pass "
                "`transfer_lookup_key`.",
                param="lookup_key",
            )
        with world.changing("price.updated", holder):
            holder["lookup_key"] = None


def _update(world: World, p: Params, price_id: str) -> Object:
    price = world.get("price", price_id)
    with world.changing("price.updated", price):
        _apply(world, price, p)
    return price


def _list(world: World, p: Params) -> Object:
    equal = {name: p[name] for name in ("active", "currency", "product", "type") if name in p}
    found = world.store.select("price", **equal)
    if "lookup_keys" in p:
        found = [one for one in found if one["lookup_key"] in p["lookup_keys"]]
    if "interval" in p.get("recurring", {}):
        wanted = p["recurring"]["interval"]
        found = [one for one in found if (one["recurring"] or {}).get("interval") == wanted]
    return page(found, p, url=_PATH)


FAMILY = Family(
    routes=(
        Route("POST", _PATH, create, _CREATE),
        Route(
            "GET",
            _PATH,
            _list,
            lists(
                active=boolean,
                currency=currency,
                lookup_keys=list_of(text),
                product=text,
                recurring=shape(interval=INTERVAL),
                type=choice("one_time", "recurring"),
            ),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("price")),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
    ),
    views={"price": View()},
)
