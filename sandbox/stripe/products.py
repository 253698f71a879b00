"""Products."""

from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import by_id, lists, page
from sandbox.stripe.params import Params, boolean, list_of, merged, metadata, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, fresh_id

_PATH = "/v1/products"
_PLAIN = {
    "active": boolean,
    "description": text,
    "images": list_of(text),
    "marketing_features": list_of(shape("name", name=text)),
    "name": text,
    "statement_descriptor": text,
    "unit_label": text,
    "url": text,
}
_UPDATE = shape(**_PLAIN, default_price=text, metadata=metadata)
_CREATE = shape("name", **_PLAIN, id=text, metadata=metadata)


def create(world: World, p: Params) -> Object:
    """Create a product. Raises `ApiError` when the given id is taken."""
    wanted = p.get("id") or fresh_id("prod_")
    if world.store.find(wanted):
        raise invalid("Product already exists.", param="id", code="resource_already_exists")
    product = world.store.add(
        {
            "id": wanted,
            "object": "product",
            "active": True,
            "created": world.now(),
            "default_price": None,
            "description": None,
            "images": [],
            "livemode": False,
            "marketing_features": [],
            "metadata": {},
            "name": "",
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "type": "service",
            "unit_label": None,
            "updated": world.now(),
            "url": None,
        }
    )
    _apply(world, product, p)
    world.emit("product.created", product)
    return product


def _update(world: World, p: Params, product_id: str) -> Object:
    product = world.get("product", product_id)
    with world.changing("product.updated", product):
        _apply(world, product, p)
        product["updated"] = world.now()
    return product


def _apply(world: World, product: Object, p: Params) -> None:
    product.update({name: p[name] for name in _PLAIN if name in p})
    if p.get("default_price"):
        world.get("price", p["default_price"], param="default_price")
        product["default_price"] = p["default_price"]
    product["metadata"] = merged(product["metadata"], p.get("metadata"))


def _delete(world: World, _p: Params, product_id: str) -> Object:
    product = world.get("product", product_id)
    if world.store.select("price", product=product_id):
        raise invalid(
            "This product cannot be deleted because it has one or more user-created prices."
        )
    world.emit("product.deleted", product)
    world.store.remove(product_id)
    return {"id": product_id, "object": "product", "deleted": True}


def _list(world: World, p: Params) -> Object:
    found = world.store.select("product", **{name: p[name] for name in ("active",) if name in p})
    if "ids" in p:
        found = [one for one in found if one["id"] in p["ids"]]
    return page(found, p, url=_PATH)


FAMILY = Family(
    routes=(
        Route("POST", _PATH, create, _CREATE),
        Route("GET", _PATH, _list, lists(active=boolean, ids=list_of(text))),
        Route("GET", f"{_PATH}/{{}}", by_id("product")),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
        Route("DELETE", f"{_PATH}/{{}}", _delete),
    )
)
