"""The context of every handler: the objects, the time, and the events of changes."""

import copy
import secrets
import string
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.stripe import views
from sandbox.stripe.errors import missing
from sandbox.stripe.store import Object, Store
from sandbox.stripe.views import Views

API_VERSION = "2026-10-28.endive"
DAY = 86_400
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Settings:
    """The settings that the server was started with."""

    base_url: str
    secret_key: str
    publishable_key: str
    account_name: str = "Lumiku Sandbox"
    # The state of a subscription whose payments all failed: `cancel`, `unpaid` or `past_due`, a
    # setting of Stripe's own dashboard.
    after_retries: str = "cancel"
    retry_days: tuple[int, ...] = (3, 5, 7)
    draft_seconds: int = 3600


@dataclass(frozen=True)
class Cause:
    """The request that causes a change; None for scheduled changes."""

    id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Delivery:
    """The behaviour of webhook deliveries, by which the dashboard simulates a bad network."""

    paused: bool = False
    shuffle: bool = False
    delay_s: float = 0.0
    copies: int = 1


@dataclass
class Faults:
    """Simulated faults: the next `count` requests of the API are answered late, or with an
    error.
    """

    count: int = 0
    status: int = 0
    delay_s: float = 0.0

    def strike(self) -> int:
        """Wait for the set delay, and return the status to answer with instead, if any."""
        if self.count <= 0:
            return 0
        self.count -= 1
        time.sleep(self.delay_s)
        return self.status


@dataclass
class World:
    """Objects, time and events; use it inside `store.transaction()`."""

    store: Store
    settings: Settings
    views: Views
    wall: Callable[[], float] = time.time
    cause: Cause = field(default_factory=Cause)
    delivery: Delivery = field(default_factory=Delivery)
    faults: Faults = field(default_factory=Faults)
    # The simulated time while scheduled changes of the past are made one by one.
    instant: int | None = None

    def now(self, clock: str | None = None) -> int:
        """Seconds since 1970: by that test clock, or by the sandbox's own time."""
        if clock:
            return int(self.get("test_helpers.test_clock", clock)["frozen_time"])
        if self.instant is not None:
            return self.instant
        return int(self.wall()) + self.offset()

    def offset(self) -> int:
        """The number of seconds by which the sandbox's own time was moved forward."""
        note = self.store.find("sandbox_time")
        return int(note["offset"]) if note else 0

    def new(self, prefix: str, kind: str, *, clock: str | None = None, **fields: Any) -> Object:
        """Store a new object with a fresh id."""
        body = {
            "id": fresh_id(prefix),
            "object": kind,
            "created": self.now(clock),
            "livemode": False,
            **fields,
        }
        return self.store.add(body)

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Object:
        """The object with that id. Raises `ApiError`: 404, or 400 when a parameter named it."""
        found = self.store.find(object_id)
        if found is None or found["object"] != kind:
            raise missing(kind, object_id, param=param)
        return found

    def render(self, body: Object, expand: Sequence[str] = ()) -> Object:
        """Render an object as the API shows it."""
        return views.render(self, self.views, body, expand)

    def emit(self, name: str, body: Object, previous: Object | None = None) -> None:
        """Record an event, and one delivery for each subscribed webhook endpoint."""
        data: Object = {"object": self.render(body)}
        if previous is not None:
            data["previous_attributes"] = previous
        endpoints = [
            endpoint
            for endpoint in self.store.select("webhook_endpoint", status="enabled")
            if {"*", name} & set(endpoint["enabled_events"])
        ]
        event = self.new(
            "evt_",
            "event",
            clock=clock_of(self, body),
            api_version=API_VERSION,
            data=data,
            pending_webhooks=len(endpoints),
            request={"id": self.cause.id, "idempotency_key": self.cause.idempotency_key},
            type=name,
        )
        for endpoint in endpoints:
            for _ in range(self.delivery.copies):
                self.enqueue(event, endpoint, delay_s=self.delivery.delay_s)

    def enqueue(self, event: Object, endpoint: Object, *, delay_s: float = 0.0) -> None:
        """Queue one delivery."""
        self.store.add(
            {
                "id": fresh_id("dlv_"),
                "object": "sandbox.delivery",
                "event": event["id"],
                "event_type": event["type"],
                "endpoint": endpoint["id"],
                "status": "pending",
                "attempts": 0,
                "due": self.wall() + delay_s,
                "answer": None,
            }
        )

    @contextmanager
    def changing(self, name: str, body: Object) -> Iterator[Object]:
        """Context manager that emits `name` when the block changed the API's view of `body`."""
        before = self.render(body)
        yield body
        previous = difference(before, self.render(body))
        if previous:
            self.emit(name, body, previous)


def fresh_id(prefix: str) -> str:
    """A new id such as `cus_…`: the prefix and 24 random letters and digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def clock_of(world: World, body: Mapping[str, Any]) -> str | None:
    """The test clock of an object: its own, or that of the object that it belongs to."""
    if body.get("object") == "test_helpers.test_clock":
        return str(body["id"])
    if "test_clock" in body:
        return str(body["test_clock"]) if body["test_clock"] else None
    owners = (world.store.find(body.get(link) or "") for link in ("customer", "charge", "source"))
    owner = next((one for one in owners if one), None)
    return clock_of(world, owner) if owner else None


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Object:
    """The previous values of changed fields, in `before`'s structure."""
    changed: Object = {}
    for name, value in before.items():
        other = after.get(name)
        if value == other:
            continue
        if isinstance(value, dict) and isinstance(other, dict) and value:
            changed[name] = difference(value, other)
        else:
            changed[name] = copy.deepcopy(value)
    changed.update({name: None for name in after if name not in before})
    return changed
