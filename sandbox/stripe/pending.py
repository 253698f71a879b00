"""A change that waits for its payment (`pending_if_incomplete`): made when the invoice is paid,
dropped when it is voided or nobody paid in time.
"""

from collections.abc import Sequence

from sandbox.stripe import subscription_items as rows
from sandbox.stripe.lines import Item
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

LIVES = 23 * 3600


def expect(
    world: World, subscription: Object, items: Sequence[Item], *, restart: int | None
) -> None:
    """Before the latest invoice is paid for."""
    drop(world, subscription)
    world.store.add(
        {
            "id": _name(subscription),
            "object": "sandbox.pending",
            "invoice": subscription["latest_invoice"],
            "items": [[item.item_id, item.price["id"], item.quantity] for item in items],
            "restart": restart,
        }
    )


def show(world: World, subscription: Object, items: Sequence[Item]) -> None:
    """It was not paid at once: `pending_update` says what waits."""
    now = world.now(clock_of(world, subscription))
    start, end = rows.period_of(world, subscription)
    with world.changing("customer.subscription.updated", subscription):
        subscription["pending_update"] = {
            "billing_cycle_anchor": None,
            "expires_at": now + LIVES,
            "subscription_items": [_shown(world, item, now, (start, end)) for item in items],
            "trial_end": None,
            "trial_from_plan": None,
        }


def of_invoice(world: World, subscription: Object, invoice: Object) -> Object | None:
    """The change that this invoice is for, if it is for one."""
    note = world.store.find(_name(subscription))
    return note if note and note["invoice"] == invoice["id"] else None


def make(world: World, subscription: Object, note: Object) -> None:
    """The invoice is paid. Emits `customer.subscription.updated` and, if it was waited for,
    `customer.subscription.pending_update_applied`.
    """
    waited = subscription["pending_update"] is not None
    items = [
        Item(subscription, item_id, world.get("price", price), quantity)
        for item_id, price, quantity in note["items"]
    ]
    with world.changing("customer.subscription.updated", subscription):
        rows.replace(world, subscription, items, restart=note["restart"])
        subscription["pending_update"] = None
    world.store.remove(note["id"])
    if waited:
        world.emit("customer.subscription.pending_update_applied", subscription)


def drop(world: World, subscription: Object) -> None:
    """It will not be made. Emits `customer.subscription.pending_update_expired` if it waited."""
    world.store.remove(_name(subscription))
    if subscription["pending_update"] is not None:
        subscription["pending_update"] = None
        world.emit("customer.subscription.pending_update_expired", subscription)


def _name(subscription: Object) -> str:
    return f"pending_{subscription['id']}"


def _shown(world: World, item: Item, now: int, period: tuple[int, int]) -> Object:
    found = world.store.find(item.item_id)
    if found is None:
        row = rows.blank(item, created=now)
        row.update(current_period_start=period[0], current_period_end=period[1])
    else:
        row = dict(found)
    return world.render({**row, "price": item.price["id"], "quantity": item.quantity})
