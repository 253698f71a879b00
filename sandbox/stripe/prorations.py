"""Prorations: the cost of a change in the middle of a period, to the second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from sandbox.stripe import lines
from sandbox.stripe.lines import Item, Period
from sandbox.stripe.store import Object
from sandbox.stripe.world import World


def between(
    world: World,
    customer: Object,
    *,
    old: Sequence[Item],
    new: Sequence[Item],
    period: Period,
    at: int,
) -> list[Object]:
    """Unstored invoice items that credit the rest of the period for removed items and charge it for
    new ones.
    """
    share = Fraction(period[1] - at, period[1] - period[0])
    gone = [item for item in old if item not in new]
    come = [item for item in new if item not in old]
    rest = (at, period[1])
    return [
        *(_item(world, customer, item, rest, _Side("Unused time on", -share)) for item in gone),
        *(_item(world, customer, item, rest, _Side("Remaining time on", share)) for item in come),
    ]


@dataclass(frozen=True)
class _Side:
    what: str
    share: Fraction


def _item(world: World, customer: Object, item: Item, rest: Period, side: _Side) -> Object:
    product = world.get("product", item.price["product"])
    day = datetime.fromtimestamp(rest[0], UTC).strftime("%d %b %Y")
    return lines.proration(
        world,
        customer,
        item,
        amount=round(item.amount * side.share),
        description=f"{side.what} {product['name']} after {day}",
        period=rest,
    )
