"""Endpoints that fail for days, or say that they are gone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from common.mail import messages
from common.mail.models import OutgoingMail
from common.models import OperatorAction
from integrations.models import Delivery, DisabledReason, Endpoint
from integrations.webhooks import health, sender
from tests.integrations.webhooks.factories import delivery, endpoint
from tests.removal.server import Reply, Server

pytestmark = pytest.mark.django_db


def run(*, later: timedelta = timedelta(0)) -> None:
    sender.deliver_due(clock=lambda: timezone.now() + later, for_s=30)


@pytest.fixture
def failing(owner: User, receiver: Server) -> Endpoint:
    receiver.answer = lambda _: Reply(500)
    return endpoint(owner, url=receiver.url).endpoint


def send(to: Endpoint, *, subject: str = "job_1") -> Delivery:
    return delivery(to.user, endpoint=to, url=to.url, subject=subject)


def test_an_endpoint_that_fails_for_days_is_turned_off_with_a_mail_and_a_note(
    failing: Endpoint,
) -> None:
    send(failing)
    run()
    failing.refresh_from_db()
    assert failing.active
    assert failing.failing_since is not None
    send(failing, subject="job_2")
    waits = send(failing, subject="job_3")
    Delivery.objects.filter(pk=waits.pk).update(available_at=timezone.now() + timedelta(days=9))
    run(later=timedelta(days=5, seconds=1))
    failing.refresh_from_db()
    assert (failing.active, failing.disabled_reason) == (False, "failing")
    waits.refresh_from_db()
    assert (waits.status, waits.last_error) == (
        "dead",
        "The endpoint was turned off because it failed for days",
    )
    mail = OutgoingMail.objects.get(kind="integrations.webhook_disabled")
    assert mail.context == {"endpoint": failing.public_id, "reason": "failing"}
    note = OperatorAction.objects.get(action="endpoint.disable")
    assert (note.operator, note.object_id) == ("service", failing.public_id)


def test_one_success_begins_the_count_anew(failing: Endpoint, receiver: Server) -> None:
    send(failing)
    run()
    receiver.answer = lambda _: Reply(200)
    send(failing, subject="job_2")
    run()
    failing.refresh_from_db()
    assert failing.failing_since is None
    receiver.answer = lambda _: Reply(500)
    send(failing, subject="job_3")
    run(later=timedelta(days=6))
    failing.refresh_from_db()
    assert failing.active


def test_an_endpoint_that_is_gone_is_turned_off_at_once(
    failing: Endpoint, receiver: Server
) -> None:
    receiver.answer = lambda _: Reply(410)
    sent = send(failing)
    run()
    failing.refresh_from_db()
    sent.refresh_from_db()
    assert (failing.disabled_reason, sent.status) == ("gone", "dead")


def test_failed_tests_do_not_count(failing: Endpoint) -> None:
    delivery(failing.user, endpoint=failing, url=failing.url, event="endpoint.test")
    run()
    failing.refresh_from_db()
    assert failing.failing_since is None


def test_it_is_told_once(failing: Endpoint) -> None:
    now = timezone.now()
    assert health.disable(failing, reason=DisabledReason.GONE, now=now)
    assert not health.disable(failing, reason=DisabledReason.GONE, now=now)
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize("reason", [*DisabledReason])
def test_the_mail_names_the_endpoint_and_nothing_that_its_owner_wrote(
    owner: User, reason: DisabledReason
) -> None:
    made = endpoint(owner, description="Visit http://evil.example").endpoint
    rendered = messages.render(health.message(made, reason), to=owner.email)
    for text in (rendered.text, rendered.html):
        assert made.public_id in text
        assert "evil" not in text
        assert made.url not in text


def test_no_mail_is_sent_once_it_is_on_again(failing: Endpoint, settings: Any) -> None:
    health.disable(failing, reason=DisabledReason.FAILING, now=timezone.now())
    context = OutgoingMail.objects.get().context
    assert health.DISABLED.compose(failing.user, context, timezone.now()) is not None
    Endpoint.objects.update(active=True)
    assert health.DISABLED.compose(failing.user, context, timezone.now()) is None
