"""Subscription items: the prices that a subscription bills, and its current period."""

from collections.abc import Sequence

from sandbox.stripe import periods, prices
from sandbox.stripe.lines import Item, Period
from sandbox.stripe.store import Object
from sandbox.stripe.views import View, listing
from sandbox.stripe.world import World, clock_of, fresh_id


def items(world: World, subscription: Object) -> list[Item]:
    """The items as billed, oldest first."""
    return [
        Item(
            subscription=subscription,
            item_id=one["id"],
            price=world.get("price", one["price"]),
            quantity=one["quantity"],
        )
        for one in of(world, subscription)
    ]


def of(world: World, subscription: Object) -> list[Object]:
    """The subscription item objects, oldest first."""
    return world.store.select("subscription_item", subscription=subscription["id"])


def period_of(world: World, subscription: Object) -> tuple[int, int]:
    """The current period, which is the same for all items."""
    first = of(world, subscription)[0]
    return first["current_period_start"], first["current_period_end"]


def enter_period(world: World, subscription: Object, moment: int) -> None:
    """Set every item's period to the one that contains `moment`."""
    for row in of(world, subscription):
        recurring = world.get("price", row["price"])["recurring"]
        row["current_period_start"] = moment
        row["current_period_end"] = periods.end_after(
            subscription["billing_cycle_anchor"],
            moment,
            recurring["interval"],
            recurring["interval_count"],
        )


def add(world: World, subscription: Object, price: Object, quantity: int) -> Object:
    """Store a new item, whose period is set later."""
    item = Item(subscription, fresh_id("si_"), price, quantity)
    return world.store.add(blank(item, created=world.now(clock_of(world, subscription))))


def blank(item: Item, *, created: int) -> Object:
    """A subscription item object that is not stored."""
    return {
        "id": item.item_id,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created,
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": {},
        "price": item.price["id"],
        "quantity": item.quantity,
        "subscription": item.subscription["id"],
        "tax_rates": [],
    }


def period_from(items: Sequence[Item], start: int) -> Period:
    """The period of these items that begins at `start`."""
    recurring = items[0].price["recurring"]
    return start, periods.add(start, recurring["interval"], recurring["interval_count"])


def replace(
    world: World, subscription: Object, items: Sequence[Item], *, restart: int | None
) -> None:
    """Replace the items by `items`; with `restart` in a new period that begins then."""
    kept = {item.item_id for item in items}
    period = period_of(world, subscription)
    for row in of(world, subscription):
        if row["id"] not in kept:
            world.store.remove(row["id"])
    for item in items:
        row = world.store.find(item.item_id) or _added(world, item, period)
        row.update(price=item.price["id"], quantity=item.quantity)
    if restart is not None:
        subscription["billing_cycle_anchor"] = restart
        enter_period(world, subscription, restart)


def _added(world: World, item: Item, period: Period) -> Object:
    row = add(world, item.subscription, item.price, item.quantity)
    row.update(current_period_start=period[0], current_period_end=period[1])
    return row


def _items(world: World, subscription: Object) -> Object:
    data = of(world, subscription)
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    return listing(url, data, total_count=len(data))


def _plan(world: World, item: Object) -> Object:
    return prices.plan(world, world.get("price", item["price"]))


VIEWS = {
    "subscription": View(always={"items": _items}),
    "subscription_item": View(
        always={"price": lambda world, item: world.get("price", item["price"]), "plan": _plan}
    ),
}
