"""Test clocks: the time of their customers, which moves only on request."""

from sandbox.stripe import due, states
from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists
from sandbox.stripe.params import Params, integer, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import DAY, World

KIND = "test_helpers.test_clock"
_PATH = "/v1/test_helpers/test_clocks"
_LIVES = 30 * DAY
_MAX_ADVANCE = 2 * 366 * DAY


def _create(world: World, p: Params) -> Object:
    now = int(world.wall())
    clock = world.new(
        "clock_",
        KIND,
        deletes_after=now + _LIVES,
        frozen_time=p["frozen_time"],
        name=p.get("name"),
        status="ready",
        status_details={},
    )
    clock["created"] = now
    world.emit("test_helpers.test_clock.created", clock)
    return clock


def advance(world: World, p: Params, clock_id: str) -> Object:
    """Start to advance a clock and answer at once with `advancing`; `finish` does the work in the
    background.
    """
    clock = world.get(KIND, clock_id)
    target = p["frozen_time"]
    if clock["status"] == "advancing":
        raise ApiError(
            429,
            "invalid_request_error",
            "Test clock advancement underway - cannot perform modifications.",
            code="rate_limit",
        )
    if target <= clock["frozen_time"]:
        raise invalid("You can only advance a test clock forward.", param="frozen_time")
    if target > clock["frozen_time"] + _MAX_ADVANCE:
        raise invalid("You cannot advance more than two years at once.", param="frozen_time")
    clock.update(status="advancing", status_details={"advancing": {"target_frozen_time": target}})
    world.emit("test_helpers.test_clock.advancing", clock)
    return clock


def finish(world: World, clock: Object) -> None:
    """Make the changes that are due until the target of an advancing clock.

    Emits `test_helpers.test_clock.ready`.
    """
    if clock["status"] != "advancing":
        return
    target = clock["status_details"]["advancing"]["target_frozen_time"]
    due.catch_up(world, clock["id"], target)
    clock.update(frozen_time=target, status="ready", status_details={})
    world.emit("test_helpers.test_clock.ready", clock)


def _delete(world: World, _p: Params, clock_id: str) -> Object:
    clock = world.get(KIND, clock_id)
    for subscription in world.store.select("subscription", test_clock=clock_id):
        if subscription["status"] not in states.ENDED:
            states.end(world, subscription, reason="cancellation_requested")
    for customer in world.store.select("customer", test_clock=clock_id):
        customer.update({"deleted": True})
    world.emit("test_helpers.test_clock.deleted", clock)
    # The object stays for objects that refer to it; only its name is removed.
    clock["deleted"] = True
    return {"id": clock_id, "object": KIND, "deleted": True}


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, shape("frozen_time", frozen_time=integer, name=text)),
        Route("GET", _PATH, all_of(KIND, _PATH), lists()),
        Route("GET", f"{_PATH}/{{}}", by_id(KIND)),
        Route(
            "POST",
            f"{_PATH}/{{}}/advance",
            advance,
            shape("frozen_time", frozen_time=integer),
        ),
        Route("DELETE", f"{_PATH}/{{}}", _delete),
    )
)
