"""The front page: all objects, and buttons that simulate external events."""

import json
from collections.abc import Iterator, Sequence

from sandbox.stripe import subscription_items as rows
from sandbox.stripe.clocks import KIND as CLOCK
from sandbox.stripe.pages.html import (
    Answer,
    Markup,
    Page,
    Part,
    button,
    join,
    moment,
    money,
    page,
    table,
    tag,
)
from sandbox.stripe.params import Params
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

_SHOWN = 25
Row = Sequence[Part]


def show(world: World, _p: Params) -> Answer:
    """The page with the newest objects of each kind."""
    sections = (
        ("Customers", ("Id", "E-mail", "Balance", "Since"), _customers),
        ("Subscriptions", ("Id", "Customer", "Status", "Items", "Period ends"), _subscriptions),
        ("Payments", ("Charge", "Customer", "Amount", "Status", "Refunded", ""), _payments),
        ("Disputes", ("Id", "Charge", "Status", "Amount", ""), _disputes),
        ("Test clocks", ("Id", "Time", "Status", ""), _clocks),
        ("Events", ("Event", "Id", "When", "Still to deliver", ""), _events),
    )
    return page(
        "Payments",
        _time(world),
        _network(world),
        *(
            part
            for title, heads, cells in sections
            for part in (tag("h2", title), table(heads, cells(world)))
        ),
    )


def show_event(world: World, _p: Params, event_id: str) -> Answer:
    """The page with an event's JSON, and the state of its deliveries."""
    shown = {
        "event": world.render(world.get("event", event_id)),
        "deliveries": world.store.select("sandbox.delivery", event=event_id),
    }
    return Page(json.dumps(shown, indent=2).encode(), type="application/json")


def _newest(world: World, kind: str) -> list[Object]:
    return [one for one in reversed(world.store.select(kind)) if not one.get("deleted")][:_SHOWN]


def _time(world: World) -> Markup:
    now = moment(world.now())
    return tag(
        "p",
        f"The sandbox's own time is {now} UTC. ",
        button("Move it one month on", "/sandbox/time/month"),
    )


def _network(world: World) -> Markup:
    rules, fields = world.delivery, ("paused", "shuffle", "delay_s", "copies")
    state = ", ".join(f"{name} {getattr(rules, name)}" for name in fields)
    waiting = len(world.store.select("sandbox.delivery", status="pending"))
    buttons = (
        button("Deliver as usual", "/sandbox/delivery"),
        button("Pause", "/sandbox/delivery", paused="true"),
        button("Shuffle", "/sandbox/delivery", shuffle="true", delay_s="2"),
        button("Everything three times", "/sandbox/delivery", copies="3"),
        button("Fail the next request", "/sandbox/faults", status="500", count="1"),
    )
    return tag("p", f"Webhooks: {state}; {waiting} waiting. ", join(buttons))


def _customers(world: World) -> Iterator[Row]:
    for one in _newest(world, "customer"):
        balance = money(one["balance"], one["currency"] or "idr")
        yield one["id"], one["email"], balance, moment(one["created"])


def _subscriptions(world: World) -> Iterator[Row]:
    for one in _newest(world, "subscription"):
        items = ", ".join(
            f"{item.quantity} × {money(item.price['unit_amount'], item.price['currency'])}"
            for item in rows.items(world, one)
        )
        ends = " (then it stops)" if one["cancel_at_period_end"] else ""
        until = moment(rows.period_of(world, one)[1]) + ends
        yield one["id"], one["customer"], one["status"], items, until


def _payments(world: World) -> Iterator[Row]:
    for one in _newest(world, "charge"):
        path = f"/sandbox/charges/{one['id']}"
        open_ = one["paid"] and not one["disputed"] and not one["refunded"]
        buttons = (button("Refund", f"{path}/refund"), button("Dispute", f"{path}/dispute"))
        amount = money(one["amount"], one["currency"])
        refunded = money(one["amount_refunded"], one["currency"])
        status = "disputed" if one["disputed"] else one["status"]
        yield one["id"], one["customer"], amount, status, refunded, join(buttons if open_ else ())


def _disputes(world: World) -> Iterator[Row]:
    for one in _newest(world, "dispute"):
        path = f"/sandbox/disputes/{one['id']}/decide"
        buttons = (button("We win", path, outcome="won"), button("We lose", path, outcome="lost"))
        open_ = one["status"] in ("needs_response", "under_review")
        amount = money(one["amount"], one["currency"])
        yield one["id"], one["charge"], one["status"], amount, join(buttons if open_ else ())


def _clocks(world: World) -> Iterator[Row]:
    for one in _newest(world, CLOCK):
        month = button("One month on", f"/sandbox/clocks/{one['id']}/month")
        yield one["id"], moment(one["frozen_time"]), one["status"], month


def _events(world: World) -> Iterator[Row]:
    for one in _newest(world, "event"):
        again = button("Send again", f"/sandbox/events/{one['id']}/redeliver")
        link = tag("a", one["id"], href=f"/events/{one['id']}")
        yield one["type"], link, moment(one["created"]), one["pending_webhooks"], again
