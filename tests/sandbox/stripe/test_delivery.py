"""Webhooks and restarts, each with a separate server and a real receiver."""

import contextlib
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stripe

from sandbox import payments
from sandbox.ports import reserve
from sandbox.process import Process
from sandbox.watchdog import Watchdog
from tests.stripe_server import KEYS, StripeServer

Letter = tuple[bytes, str]


class Receiver:
    """A receiver that stores deliveries; `answers` are its next statuses, then 200."""

    def __init__(self) -> None:
        self.letters: queue.Queue[Letter] = queue.Queue()
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.letters.put((body, self.headers["Stripe-Signature"]))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def event(self) -> stripe.Event:
        """The next delivery, its signature verified by the package."""
        body, signature = self.letters.get(timeout=30)
        event: stripe.Event = stripe.Webhook.construct_event(body, signature, KEYS.webhook)
        return event


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


Start = Callable[[], contextlib.AbstractContextManager[StripeServer]]


@pytest.fixture
def start(receiver: Receiver, tmp_path: Path) -> Iterator[Start]:
    """Start the server with the receiver as its endpoint and a database file."""
    listener = reserve()

    @contextlib.contextmanager
    def run() -> Iterator[StripeServer]:
        watchdog = Watchdog()
        made = payments.stripe(
            listener, KEYS, database=tmp_path / "objects.sqlite3", webhook_url=receiver.url
        )
        process = Process(made.child, watchdog=watchdog, output=sys.stderr.fileno())
        try:
            yield StripeServer(made.url)
        finally:
            process.stop()
            watchdog.close()

    with listener:
        yield run


def test_events_arrive_signed_and_in_order(start: Start, receiver: Receiver) -> None:
    with start() as server:
        customers = server.client().v1.customers
        made = customers.create({"email": "a@example.com"})
        customers.update(made.id, {"name": "Ada"})
        first, second = receiver.event(), receiver.event()
    assert [first.type, second.type] == ["customer.created", "customer.updated"]
    assert first.data.object["id"] == made.id
    assert first.api_version == "2026-10-28.endive"
    assert second["data"]["previous_attributes"].to_dict() == {"name": None}


def test_a_forged_or_changed_event_is_told_apart(start: Start, receiver: Receiver) -> None:
    with start() as server:
        server.client().v1.customers.create({})
        body, signature = receiver.letters.get(timeout=30)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, KEYS.webhook)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_other")


def test_a_refused_delivery_is_made_again(start: Start, receiver: Receiver) -> None:
    receiver.answers = [500, 302]
    with start() as server:
        server.client().v1.customers.create({})
        events = [receiver.event() for _ in range(3)]
    assert len({event.id for event in events}) == 1


def test_deliveries_can_be_held_back_and_doubled(start: Start, receiver: Receiver) -> None:
    with start() as server:
        server.delivery(paused=True, copies=3)
        server.client().v1.customers.create({})
        page = server.get("/").data.decode()
        assert "3 waiting" in page
        assert receiver.letters.empty()
        server.delivery()
        events = [receiver.event() for _ in range(3)]
        server.redeliver(events[0].id, copies=2)
        again = [receiver.event() for _ in range(2)]
    assert {event.id for event in (*events, *again)} == {events[0].id}


def test_an_endpoint_gets_only_subscribed_events(start: Start, receiver: Receiver) -> None:
    with start() as server:
        api = server.client().v1
        everything = api.webhook_endpoints.list().data[0]
        api.webhook_endpoints.update(everything.id, {"enabled_events": ["product.created"]})
        api.customers.create({})
        api.products.create({"name": "Wanted"})
        assert receiver.event().type == "product.created"
        api.webhook_endpoints.update(everything.id, {"disabled": True})
        api.products.create({"name": "Not any more"})
        assert api.events.list().data[0].pending_webhooks == 0


def test_a_secret_is_shown_once(start: Start) -> None:
    with start() as server:
        endpoints = server.client().v1.webhook_endpoints
        made = endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
        assert str(made.secret).startswith("whsec_")
        assert "secret" not in endpoints.retrieve(made.id).to_dict()
        assert endpoints.delete(made.id).deleted


def test_data_survives_a_restart(start: Start, receiver: Receiver) -> None:
    with start() as server:
        server.delivery(paused=True)
        made = server.client().v1.customers.create(
            {"email": "kept@example.com"}, {"idempotency_key": "kept"}
        )
    with start() as server:
        customers = server.client().v1.customers
        assert customers.retrieve(made.id).email == "kept@example.com"
        again = customers.create({"email": "kept@example.com"}, {"idempotency_key": "kept"})
        assert again.id == made.id
        # Undelivered events are delivered after the restart.
        assert receiver.event().data.object["id"] == made.id


def test_the_dashboard_advances_time_by_a_month(start: Start) -> None:
    with start() as server:
        api = server.client().v1
        price = api.prices.create(
            {
                "product": api.products.create({"name": "Pro"}).id,
                "currency": "idr",
                "unit_amount": 5000,
                "recurring": {"interval": "month"},
            }
        )
        customer = api.customers.create({"payment_method": "pm_card_visa"})
        method = api.payment_methods.list({"customer": customer.id}).data[0].id
        made = api.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price.id}],
                "default_payment_method": method,
            }
        )
        for _ in range(2):
            server.click("/sandbox/time/month")
        invoices = api.invoices.list({"subscription": made.id}).data
        assert [one.billing_reason for one in invoices][-1] == "subscription_create"
        assert len(invoices) == 3
