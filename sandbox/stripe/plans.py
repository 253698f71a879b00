"""Plans, the older name of recurring prices: creation and retrieval only."""

from sandbox.stripe import prices, products
from sandbox.stripe.family import Family, Route
from sandbox.stripe.params import (
    Params,
    boolean,
    currency,
    integer,
    metadata,
    positive,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

_PATH = "/v1/plans"
_PRODUCT = shape("name", name=text, metadata=metadata)
_CREATE = shape(
    "amount",
    "currency",
    "interval",
    "product",
    active=boolean,
    amount=positive,
    currency=currency,
    interval=prices.INTERVAL,
    interval_count=integer,
    metadata=metadata,
    nickname=text,
    product=lambda value, name: (
        text(value, name) if isinstance(value, str) else _PRODUCT(value, name)
    ),
)


def _create(world: World, p: Params) -> Object:
    product = p["product"]
    if not isinstance(product, str):
        product = products.create(world, product)["id"]
    plain = ("active", "currency", "metadata", "nickname")
    price = prices.create(
        world,
        {
            **{name: p[name] for name in plain if name in p},
            "product": product,
            "unit_amount": p["amount"],
            "recurring": {name: p[name] for name in ("interval", "interval_count") if name in p},
        },
    )
    return prices.plan(world, price)


def _retrieve(world: World, _p: Params, plan_id: str) -> Object:
    return prices.plan(world, world.get("price", plan_id))


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route("GET", f"{_PATH}/{{}}", _retrieve),
    )
)
