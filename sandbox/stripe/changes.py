"""Changes of a subscription's items: a change is computed first, then applied."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.stripe import prorations
from sandbox.stripe import subscription_items as rows
from sandbox.stripe.errors import invalid
from sandbox.stripe.lines import Item
from sandbox.stripe.params import Params, boolean, choice, list_of, metadata, positive, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

PRORATION = choice("create_prorations", "always_invoice", "none")
ITEMS = list_of(
    shape(id=text, plan=text, price=text, quantity=positive, deleted=boolean, metadata=metadata)
)


@dataclass(frozen=True)
class Change:
    """The new items, the begin of their billing, and the cost of the rest of the period."""

    subscription: Object
    items: Sequence[Item]
    # The new period begins now, not when the current one ends.
    restarts: bool
    at: int
    prorations: Sequence[Object]


def price_id(item: Params) -> str | None:
    """The price of an item; `plan` is the older parameter name."""
    return item.get("price") or item.get("plan")


def plan(world: World, subscription: Object, p: Params) -> Change:
    """The change that `items`, `proration_behavior`, `proration_date` and `billing_cycle_anchor`
    ask for.

    Raises `ApiError` for items and prices that are invalid.
    """
    old = rows.items(world, subscription)
    new = _changed(world, subscription, old, p.get("items", []))
    start, end = rows.period_of(world, subscription)
    at = p.get("proration_date", world.now(clock_of(world, subscription)))
    if not start <= at <= end:
        raise invalid(
            "The proration date must be within the current period.", param="proration_date"
        )
    restarts = _rhythm(new[0]) != _rhythm(old[0]) or p.get("billing_cycle_anchor") == "now"
    wanted = p.get("proration_behavior", "create_prorations") != "none"
    costs = prorations.between(
        world,
        world.get("customer", subscription["customer"]),
        old=old,
        # A new period is billed in full, so only the old items are credited.
        new=[] if restarts else new,
        period=(start, end),
        at=at,
    )
    return Change(subscription, new, restarts, at, costs if wanted else [])


def settle(world: World, change: Change) -> None:
    """Store the cost of the rest of the period for the next invoice."""
    for cost in change.prorations:
        world.emit("invoiceitem.created", world.store.add(cost))


def make(world: World, change: Change) -> None:
    """Bill the subscription for the new items from now on."""
    rows.replace(
        world,
        change.subscription,
        change.items,
        restart=change.at if change.restarts else None,
    )


def _changed(
    world: World, subscription: Object, old: Sequence[Item], given: Sequence[Params]
) -> list[Item]:
    items = {item.item_id: item for item in old}
    for at, one in enumerate(given):
        item_id = one.get("id", f"new{at}")
        before = items.get(item_id)
        if "id" in one and before is None:
            raise invalid(f"Invalid subscription_item: {item_id}", param=f"items[{at}][id]")
        if one.get("deleted"):
            items.pop(item_id, None)
            continue
        price = _price(world, one, before, at)
        quantity = one.get("quantity", before.quantity if before else 1)
        items[item_id] = Item(subscription, item_id, price, quantity)
    if not items:
        raise invalid("A subscription must have at least one active plan.", param="items")
    if len({(_rhythm(item), item.price["currency"]) for item in items.values()}) > 1:
        raise invalid("All prices of a subscription need the same currency and interval.")
    return list(items.values())


def _price(world: World, one: Params, before: Item | None, at: int) -> Object:
    wanted = price_id(one)
    if wanted is None:
        if before is None:
            raise invalid("Missing required param: price.", param=f"items[{at}][price]")
        return before.price
    price = world.get("price", wanted, param=f"items[{at}][price]")
    if price["type"] != "recurring" or not price["active"]:
        raise invalid("The price is not an active recurring one.", param=f"items[{at}][price]")
    return price


def _rhythm(item: Item) -> tuple[str, int]:
    recurring = item.price["recurring"]
    return recurring["interval"], recurring["interval_count"]
