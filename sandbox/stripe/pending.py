"""A change that waits for its payment (`pending_if_incomplete`): it is applied when the invoice is
paid, and dropped when the invoice is voided or not paid in time.
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
    """Store the change before its invoice is paid."""
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
    """Show the change as `pending_update`, because it was not paid at once."""
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
    """The pending change that this invoice is for, if any."""
    note = world.store.find(_name(subscription))
    return note if note and note["invoice"] == invoice["id"] else None


def make(world: World, subscription: Object, note: Object) -> None:
    """Apply a paid change. Emits `customer.subscription.updated` and, if it was shown as pending,
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
    """Drop a change. Emits `customer.subscription.pending_update_expired` if it was shown as
    pending.
    """
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
