"""Webhook deliveries: every event is posted, signed, to subscribed endpoints until they answer 2xx.

`World.delivery` simulates a bad network: no deliveries, late or duplicate ones, or any order.
"""

import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass

import urllib3

from sandbox.stripe import events
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

_TIMEOUT_S = 20.0
_IDLE_S = 0.5
_AT_ONCE = 20
# Seconds until the next attempt; Stripe's own schedule covers three days.
_RETRIES_S = (1, 2, 5, 15, 60, 300, 900, 3600, 7200)


@dataclass(frozen=True)
class _Letter:
    delivery: str
    url: str
    body: bytes
    signature: str


def sign(body: bytes, *, secret: str, at: int) -> str:
    """The `Stripe-Signature` header, scheme v1: HMAC-SHA256 of time, a dot, and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def redeliver(world: World, event: Object, *, copies: int = 1) -> int:
    """Send an event again to every endpoint, `copies` times; returns the number of deliveries."""
    endpoints = world.store.select("webhook_endpoint", status="enabled")
    for endpoint in endpoints * copies:
        world.enqueue(event, endpoint)
    return len(endpoints) * copies


class Courier(threading.Thread):
    """The thread that makes the deliveries, one after the other."""

    def __init__(self, world: World) -> None:
        super().__init__(name="courier", daemon=True)
        self._world = world
        self._http = urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S)
        self._stirred = threading.Event()
        self._ended = False

    def stir(self) -> None:
        """Wake the thread, because there may be a delivery to make."""
        self._stirred.set()

    def end(self) -> None:
        """Stop the thread; returns once the delivery in progress is done."""
        self._ended = True
        self._stirred.set()
        self.join(_TIMEOUT_S)

    def run(self) -> None:
        """Deliver until `end` is called."""
        while not self._ended:
            self._stirred.clear()
            letters = self._collect()
            for letter in letters:
                if self._ended:
                    return
                self._record(letter, self._send(letter))
            if not letters:
                self._stirred.wait(_IDLE_S)

    def _collect(self) -> list[_Letter]:
        world = self._world
        with world.store.transaction():
            if world.delivery.paused:
                return []
            waiting = world.store.select("sandbox.delivery", status="pending")
            due = [one for one in waiting if one["due"] <= world.wall()]
            if world.delivery.shuffle:
                secrets.SystemRandom().shuffle(due)
            letters = (self._letter(one) for one in due[:_AT_ONCE])
            return [letter for letter in letters if letter]

    def _letter(self, delivery: Object) -> _Letter | None:
        world = self._world
        endpoint = world.store.find(delivery["endpoint"])
        event = world.store.find(delivery["event"])
        if endpoint is None or event is None or endpoint["status"] != "enabled":
            delivery["status"] = "failed"
            return None
        body = json.dumps(world.render(event), indent=2).encode()
        at = int(world.wall())
        secret = events.secret_of(world, endpoint)
        signature = sign(body, secret=secret, at=at)
        return _Letter(delivery["id"], endpoint["url"], body, signature)

    def _send(self, letter: _Letter) -> int | str:
        """Send one delivery; returns the status of the answer, or the error."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": letter.signature,
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        try:
            answer = self._http.request(
                "POST", letter.url, body=letter.body, headers=headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as problem:
            return type(problem).__name__
        return answer.status

    def _record(self, letter: _Letter, answer: int | str) -> None:
        world = self._world
        with world.store.transaction():
            delivery = world.store.find(letter.delivery)
            if delivery is None:
                return
            delivery.update(attempts=delivery["attempts"] + 1, answer=answer)
            if isinstance(answer, int) and 200 <= answer < 300:
                delivery["status"] = "delivered"
                event = world.store.find(delivery["event"])
                if event:
                    event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
            elif delivery["attempts"] > len(_RETRIES_S):
                delivery["status"] = "failed"
            else:
                delivery["due"] = world.wall() + _RETRIES_S[delivery["attempts"] - 1]
