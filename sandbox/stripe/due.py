"""Scheduled changes: renewals, retries and expiries, each at its own time and in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.stripe import (
    checkout,
    collecting,
    invoices,
    periods,
    states,
    subscriptions,
)
from sandbox.stripe import subscription_items as rows
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

_RENEWING = frozenset({"active", "past_due", "unpaid"})


@dataclass(frozen=True)
class Due:
    """A change that is due at `at` (seconds since 1970)."""

    at: int
    happen: Callable[[], object]


def catch_up(world: World, clock: str | None, until: int) -> None:
    """Make all changes that are due on that clock (None: the sandbox's own time) up to `until`,
    each with the clock at its time.
    """
    while True:
        ready = [one for one in _all(world, clock) if one.at <= until]
        if not ready:
            return
        first = min(ready, key=lambda one: one.at)
        _set_time(world, clock, first.at)
        try:
            first.happen()
        finally:
            world.instant = None


def _set_time(world: World, clock: str | None, moment: int) -> None:
    if clock:
        frozen = world.get("test_helpers.test_clock", clock)
        frozen["frozen_time"] = max(moment, frozen["frozen_time"])
    else:
        world.instant = moment


def _all(world: World, clock: str | None) -> Iterator[Due]:
    for subscription in world.store.select("subscription", test_clock=clock):
        yield from _of_subscription(world, subscription)
    for status in ("draft", "open"):
        for invoice in world.store.select("invoice", status=status, test_clock=clock):
            yield from _of_invoice(world, invoice)
    for session in world.store.select("checkout.session", status="open"):
        if clock_of(world, session) == clock:
            yield _expiry(world, session)


def _expiry(world: World, session: Object) -> Due:
    return Due(session["expires_at"], lambda: checkout.expire(world, session))


def _of_subscription(world: World, subscription: Object) -> Iterator[Due]:
    status = subscription["status"]
    if status == "incomplete":
        at = subscription["created"] + subscriptions.INCOMPLETE_LIVES
        yield Due(at, lambda: _give_up_first(world, subscription))
    elif status in _RENEWING:
        if subscription["pending_update"]:
            at = subscription["pending_update"]["expires_at"]
            yield Due(at, lambda: _give_up_latest(world, subscription))
        end = rows.period_of(world, subscription)[1]
        stop = subscription["cancel_at"]
        if stop and stop <= end:
            yield Due(stop, lambda: _stop(world, subscription))
        else:
            yield Due(end, lambda: _renew(world, subscription))


def _of_invoice(world: World, invoice: Object) -> Iterator[Due]:
    if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
        yield Due(invoice["automatically_finalizes_at"], lambda: _finalize(world, invoice))
    elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
        yield Due(invoice["next_payment_attempt"], lambda: collecting.collect(world, invoice))


def _stop(world: World, subscription: Object) -> None:
    states.end(world, subscription, reason="cancellation_requested")


def _give_up_first(world: World, subscription: Object) -> None:
    states.expire(world, subscription)
    _give_up_latest(world, subscription)


def _give_up_latest(world: World, subscription: Object) -> None:
    invoice = world.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.void(world, invoice)
        collecting.cancel_payment(world, invoice)


def _renew(world: World, subscription: Object) -> None:
    with world.changing("customer.subscription.updated", subscription):
        rows.enter_period(world, subscription, rows.period_of(world, subscription)[1])
        invoice = subscriptions.bill(
            world, subscription, rows.items(world, subscription), reason="subscription_cycle"
        )
    if subscription["status"] == "unpaid":
        invoice["auto_advance"] = False
    else:
        invoice["automatically_finalizes_at"] = (
            world.now(clock_of(world, subscription)) + world.settings.draft_seconds
        )


def _finalize(world: World, invoice: Object) -> None:
    collecting.open_for_payment(world, invoice)
    if invoice["status"] == "open" and invoice["auto_advance"]:
        collecting.collect(world, invoice)


def next_month(moment: int) -> int:
    """The time one calendar month later."""
    return periods.add(moment, "month", 1)
