"""The sandbox's Stripe-speaking server as a real process, for tests.

Import the fixture where it is wanted: `from tests.stripe_server import stripe_server`.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import stripe
import urllib3

from sandbox import payments
from sandbox.payments import Keys
from sandbox.ports import reserve
from sandbox.process import Process
from sandbox.watchdog import Watchdog

KEYS = Keys(secret="sk_test_tests", publishable="pk_test_tests", webhook="whsec_tests")


@dataclass(frozen=True)
class StripeServer:
    """Address of the server, and actions of customers and of the world outside on it."""

    url: str
    secret_key: str = KEYS.secret
    publishable_key: str = KEYS.publishable
    _http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False), repr=False
    )

    def client(self, **options: Any) -> stripe.StripeClient:
        """A client of the real package; no retries unless asked for."""
        return stripe.StripeClient(
            self.secret_key,
            base_addresses={"api": self.url},
            **{"max_network_retries": 0, **options},
        )

    def click(
        self, path: str, /, *, site: str = "same-origin", **form: str
    ) -> urllib3.BaseHTTPResponse:
        """Posts a form to a page; redirects are not followed. `path` may be a whole URL; `site` is
        where a browser would say that the click comes from.
        """
        url = path if path.startswith("http") else f"{self.url}{path}"
        return self._http.request_encode_body(
            "POST",
            url,
            fields=form,
            headers={"Sec-Fetch-Site": site},
            encode_multipart=False,
        )

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        """A page."""
        return self._http.request("GET", path if path.startswith("http") else f"{self.url}{path}")

    def pay(self, checkout_url: str, card: str = "pm_card_visa") -> urllib3.BaseHTTPResponse:
        """Clicks “Pay” on the page of a checkout session; 303 with `Location` when it worked."""
        return self.click(checkout_url, action="pay", card=card)

    def authenticate(self, intent_id: str, *, passed: bool = True) -> urllib3.BaseHTTPResponse:
        """The card holder's answer to the bank."""
        return self.click(f"/3ds/{intent_id}", answer="pass" if passed else "fail")

    def dispute(self, charge_id: str) -> None:
        """The card holder disputes a charge."""
        self._control(f"charges/{charge_id}/dispute")

    def decide(self, dispute_id: str, *, won: bool) -> None:
        """The bank decides a dispute, for us (`won`) or not."""
        self._control(f"disputes/{dispute_id}/decide", outcome="won" if won else "lost")

    def redeliver(self, event_id: str, *, copies: int = 1) -> None:
        """Sends an event again to every endpoint."""
        self._control(f"events/{event_id}/redeliver", copies=str(copies))

    def delivery(
        self, *, paused: bool = False, shuffle: bool = False, delay_s: float = 0, copies: int = 1
    ) -> None:
        """Set the delivery of webhooks from now on."""
        self._control(
            "delivery",
            paused=str(paused).lower(),
            shuffle=str(shuffle).lower(),
            delay_s=str(delay_s),
            copies=str(copies),
        )

    def fail(self, *, status: int = 500, count: int = 1, delay_s: float = 0) -> None:
        """The next `count` API requests fail so (status 0: are only late)."""
        self._control("faults", status=str(status), count=str(count), delay_s=str(delay_s))

    def advance(self, clock_id: str, to: int) -> None:
        """Moves a test clock and waits until it is there."""
        self.client().v1.test_helpers.test_clocks.advance(clock_id, {"frozen_time": to})
        self._control(f"clocks/{clock_id}/arrive")

    def _control(self, path: str, **form: str) -> None:
        answer = self.click(f"/sandbox/{path}", **form)
        assert answer.status < 400, answer.data


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[StripeServer]:
    """One process for the whole session; tests keep apart by having customers of their own."""
    watchdog = Watchdog()
    with reserve() as listener:
        started = payments.stripe(listener, KEYS)
        process = Process(started.child, watchdog=watchdog, output=sys.stderr.fileno())
        yield StripeServer(started.url)
        process.stop()
    watchdog.close()
