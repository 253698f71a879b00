"""`POST /billing/webhook`, and the processing of stored events."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe as package
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.models import CreditPack, StripeEvent, Subscription
from billing.webhooks import processor
from billing.webhooks.queries import failed_events
from billing.webhooks.queue import QUEUE
from tests.billing.stripe.world import (
    SUBSCRIPTION,
    WEBHOOK,
    WEBHOOK_SECRET,
    checkout,
    deliver,
    deliver_all,
    events_of,
    subscribe,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "customer.subscription.updated",
    "created": 1_736_900_000,
    "data": {"object": {"id": "sub_made_up", "object": "subscription", "status": "active"}},
}


def post(body: bytes, signature: str | None) -> Any:
    headers = {"Stripe-Signature": signature} if signature is not None else {}
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers)


def signed(body: bytes, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> Any:
    text = body.decode()
    moment = int(time.time()) - age_s
    return post(body, package.WebhookSignature.generate_signature_header(text, secret, moment))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def work_at(moment: datetime) -> int:
    return processor.run(clock=lambda: moment)


def test_a_signed_event_is_stored_first(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    answer = deliver(EVENT)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"received": True, "new": True}
    row = StripeEvent.objects.get()
    assert (row.stripe_id, row.status, row.object_id) == ("evt_1", "pending", "sub_made_up")


def test_the_same_event_is_stored_once() -> None:
    assert [deliver(EVENT).json()["data"]["new"] for _ in range(3)] == [True, False, False]
    assert StripeEvent.objects.count() == 1


@pytest.mark.parametrize(
    "signature", [None, "", "t=1,v1=00", "v1=abc", "nonsense", "t=x,v1=", "t=1=2,v1=é"]
)
def test_an_unsigned_event_is_refused(signature: str | None) -> None:
    assert code_of(post(json.dumps(EVENT).encode(), signature)) == (400, "INVALID_INPUT")
    assert not StripeEvent.objects.exists()


def test_a_foreign_signature_is_refused() -> None:
    answer = signed(json.dumps(EVENT).encode(), "whsec_of_somebody_else")
    assert code_of(answer) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(("age_s", "status"), [(290, 200), (320, 400), (100_000, 400)])
def test_a_stale_event_is_refused(age_s: int, status: int) -> None:
    assert signed(json.dumps(EVENT).encode(), age_s=age_s).status_code == status


def test_a_changed_body_is_refused() -> None:
    body = json.dumps(EVENT)
    signature = package.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)
    changed = body.replace("sub_made_up", "sub_of_mine")
    assert code_of(post(changed.encode(), signature)) == (400, "INVALID_INPUT")


def test_a_huge_payload_is_refused() -> None:
    answer = signed(json.dumps({**EVENT, "padding": "x" * 600_000}).encode())
    assert code_of(answer) == (400, "FILE_TOO_LARGE")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"null",
        b"{",
        b'{"id": 1, "data": null}',
        b"\xff\xfe",
        b"[" * 9000,
        json.dumps({**EVENT, "id": {"nested": 1}}).encode(),
        json.dumps({**EVENT, "id": "e" * 101}).encode(),
        json.dumps({**EVENT, "created": 10**30}).encode(),
        json.dumps({**EVENT, "created": float("inf")}).encode(),
        json.dumps({**EVENT, "data": {"object": {"id": [], "object": 7}}}).encode(),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    try:
        answer = signed(body)
    except UnicodeDecodeError:
        answer = post(body, "t=1,v1=00")
    assert code_of(answer) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "\udc00\ud800"])
def test_an_event_with_unstorable_characters_is_stored(odd: str) -> None:
    subject = {"id": "sub_made_up", "object": "subscription", odd: odd}
    strange = {**EVENT, "data": {"object": subject}}
    answer = signed(json.dumps(strange).encode())
    assert answer.status_code == 200
    kept = StripeEvent.objects.get().payload["data"]["object"]
    assert kept["id"] == "sub_made_up"
    assert "\ufffd" in str(kept)


def test_an_event_with_an_infinite_number_is_stored() -> None:
    body = json.dumps(EVENT)[:-1] + ', "odd": [NaN, -Infinity, 1e999]}'
    assert signed(body.encode()).status_code == 200
    assert StripeEvent.objects.get().payload["odd"] == [None, None, None]


def test_a_secret_can_be_replaced(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_new, {WEBHOOK_SECRET}"
    assert deliver(EVENT).status_code == 200
    assert deliver({**EVENT, "id": "evt_2"}, secret="whsec_new").status_code == 200


def test_without_a_secret_every_event_is_refused(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert code_of(deliver(EVENT)) == (503, "SERVICE_UNAVAILABLE")


def test_a_forged_object_is_detected(user: User) -> None:
    deliver(EVENT)
    processor.run()
    row = StripeEvent.objects.get()
    assert row.status == "failed"
    assert "sub_made_up" in row.last_error
    assert not Subscription.objects.exists()


def test_a_forged_state_is_ignored(api: Client, user: User, stripe: StripeServer) -> None:
    subscribe(api, "starter")
    [updated, *_] = [
        event for event in events_of(stripe, user) if event["type"].startswith("customer.sub")
    ]
    forged = json.loads(json.dumps(updated))
    forged["data"]["object"] |= {"status": "canceled", "customer": "cus_other"}
    deliver_all([forged])
    assert api.get(SUBSCRIPTION).json()["data"]["status"] == "active"


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "type": "payout.paid", "data": {"object": {"id": "po_1", "object": "payout"}}},
        {**EVENT, "type": "invoice.upcoming", "data": {"object": {"object": "invoice"}}},
    ],
)
def test_events_of_other_types_are_ignored(event: dict[str, Any]) -> None:
    deliver(event)
    processor.run()
    assert StripeEvent.objects.get().status == "ignored"


def test_customer_of_another_user_is_ignored(stripe: StripeServer) -> None:
    api = stripe.client().v1
    customer = api.customers.create({"email": "elsewhere@example.com"})
    api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    card = api.payment_methods.list({"customer": customer.id}).data[0]
    price = api.prices.create(
        {
            "currency": "idr",
            "unit_amount": 1_000_000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Elsewhere"},
        }
    )
    other = api.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "default_payment_method": card.id,
        }
    )
    deliver({**EVENT, "data": {"object": {"id": other.id, "object": "subscription"}}})
    processor.run()
    row = StripeEvent.objects.get()
    assert (row.status, "not known here" in row.last_error) == ("ignored", True)


def test_events_wait_while_stripe_does_not_answer(settings: Any) -> None:
    base, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    deliver(EVENT)
    now = timezone.now()
    assert processor.run(clock=lambda: now) == 1
    row = StripeEvent.objects.get()
    assert (row.status, row.attempts, row.available_at) == (
        "pending",
        0,
        now + timedelta(seconds=10),
    )
    assert "StripeUnavailable" in row.last_error
    assert processor.run(clock=lambda: now) == 0
    settings.STRIPE_API_BASE = base
    assert processor.run(clock=lambda: now + timedelta(seconds=11)) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("STRIPE_API_BASE", "http://127.0.0.1:9"), ("STRIPE_SECRET_KEY", "")]
)
def test_no_event_fails_because_of_an_outage(settings: Any, name: str, value: str) -> None:
    setattr(settings, name, value)
    deliver(EVENT)
    start = timezone.now()
    for tries in range(processor.MAX_ATTEMPTS + 3):
        moment = start + timedelta(hours=2 * tries)
        assert work_at(moment) == 1
    row = StripeEvent.objects.get()
    assert (row.status, row.attempts) == ("pending", 0)
    assert row.available_at == moment + timedelta(hours=1)


def test_events_of_deleted_drafts_are_ignored() -> None:
    gone = {"object": {"id": "in_gone", "object": "invoice"}}
    deliver({**EVENT, "type": "invoice.deleted", "data": gone})
    processor.run()
    assert StripeEvent.objects.get().status == "ignored"


def test_an_event_that_raises_does_not_stop_the_others(user: User) -> None:
    deliver(EVENT)
    StripeEvent.objects.update(object_type="charge", object_id="ch/../../broken", type="charge.x")
    deliver({**EVENT, "id": "evt_2"})
    assert processor.run() == 2


def test_operators_see_the_number_of_failed_events() -> None:
    deliver(EVENT)
    processor.run()
    assert failed_events() == 1


def test_an_event_fails_after_too_many_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(processor, "handler_for", lambda *_: breaks)
    deliver(EVENT)
    for tries in range(processor.MAX_ATTEMPTS + 3):
        work_at(timezone.now() + timedelta(hours=2 * tries))
    row = StripeEvent.objects.get()
    assert (row.status, row.attempts) == ("failed", processor.MAX_ATTEMPTS)


def test_a_failed_event_can_be_replayed(
    api: Client, user: User, stripe: StripeServer, pack: CreditPack
) -> None:
    data = checkout(api).json()["data"]
    stripe.pay(data["checkoutUrl"])
    for event in events_of(stripe, user):
        deliver(event)
    StripeEvent.objects.update(status="failed", attempts=12, last_error="down")
    for row in StripeEvent.objects.all():
        assert processor.replay(event_id=row.pk, now=timezone.now())
    processor.run()
    assert ledger.balance(user_id=user.pk).available == 100
    assert set(StripeEvent.objects.values_list("last_error", flat=True)) == {""}


def test_a_replay_is_not_overwritten_by_the_worker_that_still_holds_the_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An operator has mended the cause while a worker is still failing because of it."""

    def replayed_meanwhile(*_: object) -> None:
        processor.replay(event_id=StripeEvent.objects.get().pk, now=timezone.now())
        raise ZeroDivisionError

    monkeypatch.setattr(processor, "handler_for", lambda *_: replayed_meanwhile)
    deliver(EVENT)
    StripeEvent.objects.update(attempts=processor.MAX_ATTEMPTS - 1)
    [event] = QUEUE.claim(now=timezone.now())
    assert processor.process(event)
    row = StripeEvent.objects.get()
    assert (row.status, row.attempts, row.last_error) == ("pending", 0, "")


def test_replaying_an_unknown_event() -> None:
    assert not processor.replay(event_id=1, now=timezone.now())


def test_other_methods_than_post_are_refused() -> None:
    assert Client().get(WEBHOOK).status_code == 405
