"""Simulated external events, by buttons: refunds, disputes, time, bad networks."""

from typing import TYPE_CHECKING

from sandbox.stripe import delivery, disputes, due, refunds
from sandbox.stripe.clocks import KIND as CLOCK
from sandbox.stripe.clocks import advance, finish
from sandbox.stripe.errors import invalid
from sandbox.stripe.pages.html import Answer, Redirect
from sandbox.stripe.params import Params, boolean, choice, decimal, integer, positive, shape
from sandbox.stripe.world import Delivery

if TYPE_CHECKING:
    from sandbox.stripe.server import Server

_DASHBOARD = Redirect("/")
_RULES = shape(paused=boolean, shuffle=boolean, delay_s=decimal, copies=positive)
_FAULTS = shape(status=integer, count=positive, delay_s=decimal)
_MAX_COPIES = 1000


def refund(server: "Server", _p: Params, charge_id: str) -> Answer:
    """Refund the rest of a charge."""
    refunds.create(server.world, {"charge": charge_id})
    return _DASHBOARD


def dispute(server: "Server", _p: Params, charge_id: str) -> Answer:
    """Open a dispute of a charge."""
    charge = server.world.get("charge", charge_id)
    disputes.open_dispute(server.world, charge, reason="fraudulent")
    return _DASHBOARD


def decide(server: "Server", p: Params, dispute_id: str) -> Answer:
    """Close a dispute; `outcome` is won or lost."""
    outcome = shape("outcome", outcome=choice("won", "lost"))(p)["outcome"]
    found = server.world.get("dispute", dispute_id)
    disputes.decide(server.world, found, won=outcome == "won")
    return _DASHBOARD


def redeliver(server: "Server", p: Params, event_id: str) -> Answer:
    """Deliver an event again, once or `copies` times."""
    copies = shape(copies=positive)(p).get("copies", 1)
    if copies > _MAX_COPIES:
        raise invalid(f"At most {_MAX_COPIES} copies at once.", param="copies")
    delivery.redeliver(server.world, server.world.get("event", event_id), copies=copies)
    return _DASHBOARD


def set_delivery(server: "Server", p: Params) -> Answer:
    """Set the behaviour of webhook deliveries; parameters that are absent get their defaults."""
    given = _RULES(p)
    server.world.delivery = Delivery(
        paused=given.get("paused", False),
        shuffle=given.get("shuffle", False),
        delay_s=float(given.get("delay_s", 0)),
        copies=given.get("copies", 1),
    )
    return _DASHBOARD


def set_faults(server: "Server", p: Params) -> Answer:
    """Set how the next `count` requests of the API fail."""
    given = _FAULTS(p)
    server.faults.status = given.get("status", 500)
    server.faults.delay_s = float(given.get("delay_s", 0))
    server.faults.count = given.get("count", 1)
    return _DASHBOARD


def next_month(server: "Server", _p: Params) -> Answer:
    """Move the sandbox's own time to one month from now; the changes that are due happen at
    once.
    """
    world = server.world
    now = world.now()
    target = due.next_month(now)
    note = world.store.find("sandbox_time")
    if note is None:
        note = world.store.add({"id": "sandbox_time", "object": "sandbox.note", "offset": 0})
    due.catch_up(world, None, target)
    note["offset"] += target - now
    return _DASHBOARD


def next_month_of(server: "Server", _p: Params, clock_id: str) -> Answer:
    """Advance a test clock by one month."""
    clock = server.world.get(CLOCK, clock_id)
    target = due.next_month(clock["frozen_time"])
    advance(server.world, {"frozen_time": target}, clock_id)
    return _DASHBOARD


def arrive(server: "Server", _p: Params, clock_id: str) -> Answer:
    """Move an advancing test clock to its target before the answer."""
    finish(server.world, server.world.get(CLOCK, clock_id))
    return _DASHBOARD
