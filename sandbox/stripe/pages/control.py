"""Simulated external events, by buttons: refunds, disputes, time, bad networks."""

from sandbox.stripe import delivery, disputes, due, refunds
from sandbox.stripe.clocks import KIND as CLOCK
from sandbox.stripe.clocks import advance, finish
from sandbox.stripe.errors import invalid
from sandbox.stripe.pages.html import Answer, Redirect
from sandbox.stripe.params import Params, boolean, choice, decimal, integer, positive, shape
from sandbox.stripe.world import Delivery, World

_DASHBOARD = Redirect("/")
_RULES = shape(paused=boolean, shuffle=boolean, delay_s=decimal, copies=positive)
_FAULTS = shape(status=integer, count=positive, delay_s=decimal)
_MAX_COPIES = 1000


def refund(world: World, _p: Params, charge_id: str) -> Answer:
    """Refund the rest of a charge."""
    refunds.create(world, {"charge": charge_id})
    return _DASHBOARD


def dispute(world: World, _p: Params, charge_id: str) -> Answer:
    """Open a dispute of a charge."""
    charge = world.get("charge", charge_id)
    disputes.open_dispute(world, charge, reason="fraudulent")
    return _DASHBOARD


def decide(world: World, p: Params, dispute_id: str) -> Answer:
    """Close a dispute; `outcome` is won or lost."""
    outcome = shape("outcome", outcome=choice("won", "lost"))(p)["outcome"]
    found = world.get("dispute", dispute_id)
    disputes.decide(world, found, won=outcome == "won")
    return _DASHBOARD


def redeliver(world: World, p: Params, event_id: str) -> Answer:
    """Deliver an event again, once or `copies` times."""
    copies = shape(copies=positive)(p).get("copies", 1)
    if copies > _MAX_COPIES:
        raise invalid(f"At most {_MAX_COPIES} copies at once.", param="copies")
    delivery.redeliver(world, world.get("event", event_id), copies=copies)
    return _DASHBOARD


def set_delivery(world: World, p: Params) -> Answer:
    """Set the behaviour of webhook deliveries; parameters that are absent get their defaults."""
    given = _RULES(p)
    world.delivery = Delivery(
        paused=given.get("paused", False),
        shuffle=given.get("shuffle", False),
        delay_s=float(given.get("delay_s", 0)),
        copies=given.get("copies", 1),
    )
    return _DASHBOARD


def set_faults(world: World, p: Params) -> Answer:
    """Set how the next `count` requests of the API fail."""
    given = _FAULTS(p)
    world.faults.status = given.get("status", 500)
    world.faults.delay_s = float(given.get("delay_s", 0))
    world.faults.count = given.get("count", 1)
    return _DASHBOARD


def next_month(world: World, _p: Params) -> Answer:
    """Move the sandbox's own time to one month from now; the changes that are due happen at
    once.
    """
    now = world.now()
    target = due.next_month(now)
    note = world.store.find("sandbox_time")
    if note is None:
        note = world.store.add({"id": "sandbox_time", "object": "sandbox.note", "offset": 0})
    due.catch_up(world, None, target)
    note["offset"] += target - now
    return _DASHBOARD


def next_month_of(world: World, _p: Params, clock_id: str) -> Answer:
    """Advance a test clock by one month."""
    clock = world.get(CLOCK, clock_id)
    target = due.next_month(clock["frozen_time"])
    advance(world, {"frozen_time": target}, clock_id)
    return _DASHBOARD


def arrive(world: World, _p: Params, clock_id: str) -> Answer:
    """Move an advancing test clock to its target before the answer."""
    finish(world, world.get(CLOCK, clock_id))
    return _DASHBOARD
