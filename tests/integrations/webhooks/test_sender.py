"""Deliveries over real HTTP, verified by the scheme's own library."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import User
from common.outbound import callbacks
from integrations.models import Delivery
from integrations.webhooks import secrets, sender
from tests.integrations.webhooks.factories import delivery
from tests.removal.server import Reply, Seen, Server

pytestmark = pytest.mark.django_db


def run(*, later_s: float = 0) -> int:
    return sender.deliver_due(clock=lambda: timezone.now() + timedelta(seconds=later_s), for_s=30)


def verified(seen: Seen, user: User) -> Any:
    secret = secrets.valid(user_id=user.pk, now=timezone.now())[0].secret
    return Webhook(secret).verify(seen.body, seen.headers)


def test_the_event_arrives_signed_and_as_it_was_written(owner: User, receiver: Server) -> None:
    sent = delivery(owner, url=f"{receiver.url}/hook?key=1")
    assert run() == 1
    (seen,) = receiver.seen
    assert (seen.method, seen.path) == ("POST", "/hook?key=1")
    assert seen.headers["content-type"] == "application/json"
    assert verified(seen, owner) == json.loads(sent.body)
    assert seen.headers["webhook-id"] == sent.webhook_id
    sent.refresh_from_db()
    assert (sent.status, sent.response_status, sent.response_excerpt) == ("delivered", 200, "ok")


def test_a_recovered_server_gets_the_event_again(owner: User, receiver: Server) -> None:
    answers = iter([Reply(500, b"oops"), Reply(204)])
    receiver.answer = lambda _: next(answers)
    sent = delivery(owner, url=receiver.url)
    run()
    sent.refresh_from_db()
    assert (sent.status, sent.last_error) == ("pending", "The address answered with status 500")
    assert run() == 0
    assert run(later_s=7) == 1
    sent.refresh_from_db()
    assert (sent.status, sent.attempts) == ("delivered", 2)
    first, second = receiver.seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_redirects_are_not_followed(owner: User, receiver: Server) -> None:
    receiver.answer = lambda _: Reply(302)
    sent = delivery(owner, url=receiver.url)
    run()
    sent.refresh_from_db()
    assert (len(receiver.seen), sent.status, sent.response_status) == (1, "pending", 302)


def test_private_addresses_are_not_called(owner: User, receiver: Server, settings: Any) -> None:
    settings.FETCH_ALLOW_PRIVATE = False
    sent = delivery(owner, url=receiver.url.replace("http://", "https://"))
    run()
    sent.refresh_from_db()
    assert (receiver.seen, sent.status) == ([], "pending")
    assert "not allowed" in sent.last_error


def test_a_name_that_resolves_to_a_private_address_is_not_called(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "PORTS", frozenset({443}))
    sent = delivery(owner, url="https://localhost/hook")
    run()
    sent.refresh_from_db()
    assert sent.last_error == "This address leads into a private network"


def test_a_timeout_is_a_failure(
    owner: User, receiver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "TIMEOUT_S", 0.3)
    released = threading.Event()

    def silent(_: Seen) -> Reply:
        released.wait(20)
        return Reply()

    receiver.answer = silent
    sent = delivery(owner, url=receiver.url)
    run()
    released.set()
    sent.refresh_from_db()
    assert sent.last_error == "The address did not answer within 0.3 s"


def test_a_410_ends_the_delivery(owner: User, receiver: Server) -> None:
    receiver.answer = lambda _: Reply(410)
    sent = delivery(owner, url=receiver.url)
    run()
    sent.refresh_from_db()
    assert (sent.status, sent.attempts) == ("dead", 1)


def test_answers_of_any_bytes_are_kept_as_text(owner: User, receiver: Server) -> None:
    receiver.answer = lambda _: Reply(200, b"\x00\xff" + b"x" * 5000)
    sent = delivery(owner, url=receiver.url)
    run()
    sent.refresh_from_db()
    assert sent.response_excerpt.startswith("\ufffdxxx")
    assert len(sent.response_excerpt) == 1024


def test_many_are_sent_although_some_fail(owner: User, receiver: Server) -> None:
    receiver.answer = lambda seen: Reply(500 if seen.path == "/3" else 200)
    for number in range(20):
        delivery(owner, url=f"{receiver.url}/{number}", subject=f"batch_{number}")
    assert run() == 20
    assert Delivery.objects.filter(status="delivered").count() == 19


def test_both_secrets_sign_after_a_rotation(owner: User, receiver: Server) -> None:
    old = secrets.valid(user_id=owner.pk, now=timezone.now())[0].secret
    secrets.rotate(user_id=owner.pk, now=timezone.now())
    delivery(owner, url=receiver.url)
    run()
    (seen,) = receiver.seen
    assert verified(seen, owner)
    assert Webhook(old).verify(seen.body, seen.headers)


def test_each_attempt_is_kept_with_its_request_and_response(owner: User, receiver: Server) -> None:
    answers = iter([Reply(500, b"oops"), Reply(200, b"ok")])
    receiver.answer = lambda _: next(answers)
    sent = delivery(owner, url=receiver.url)
    run()
    run(later_s=7)
    first, second = sent.log.all()
    assert (first.response_status, first.response_excerpt) == (500, "oops")
    assert first.error == "The address answered with status 500"
    assert (second.response_status, second.response_excerpt, second.error) == (200, "ok", "")
    shown = {name.lower(): value for name, value in second.request_headers.items()}
    assert shown.items() <= receiver.seen[1].headers.items()
    sent.refresh_from_db()
    assert sent.duration_ms == second.duration_ms
