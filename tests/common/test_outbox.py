"""The mail outbox: rows become mails once, whatever the broker, workers and the server do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
import redis
from django.core import mail as sent
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from common import tasks
from common.mail import delivery, outbox, queries
from common.mail.kinds import Kind
from common.mail.messages import Message
from common.mail.models import MailStatus, OutgoingMail
from common.workqueue import WorkQueue
from tests.accounts.factories import UserFactory
from tests.accounts.http import run_queued
from tests.common.workqueue.contract import QueueContract
from tests.smtp import mail_server

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kind() -> Iterator[Kind]:
    yield from _declared()


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def _declared(**options: Any) -> Iterator[Kind]:
    yield Kind(**{"name": "tests.notice", "compose": _compose, **options})
    del Kind.declared["tests.notice"]


def _compose(user: User, context: Any, now: datetime) -> Message | None:
    if context.get("broken"):
        raise OSError("the storage is unavailable")
    if context.get("over"):
        return None
    return Message("accounts/mail/password_changed", f"About {context.get('what')}")


def put(kind: Kind, user: User, **options: Any) -> OutgoingMail:
    outbox.put(kind, user_id=user.pk, now=timezone.now(), **options)
    return OutgoingMail.objects.latest("pk")


def send_in(*, hours: float) -> int:
    moment = timezone.now() + timedelta(hours=hours)
    return delivery.send_due(clock=lambda: moment)


def subjects() -> list[str]:
    return [str(message.subject) for message in sent.outbox]


class TestMails(QueueContract):
    queue: ClassVar[WorkQueue[Any]] = outbox.QUEUE
    ending: ClassVar[dict[str, Any]] = {"status": MailStatus.SENT, "ended_at": timezone.now()}

    def add(self) -> OutgoingMail:
        from accounts.mail import PASSWORD_CHANGED

        return put(PASSWORD_CHANGED, UserFactory())


def test_a_mail_goes_out_once(kind: Kind, user: User) -> None:
    row = put(kind, user, context={"what": "shoes"})
    assert (delivery.send_due(), delivery.send_due()) == (1, 0)
    assert [(message.to, message.subject) for message in sent.outbox] == [
        ([user.email], "About shoes")
    ]
    row.refresh_from_db()
    assert (row.status, row.lease_token, bool(row.ended_at)) == ("sent", None, True)


def test_the_same_mail_is_sent_once(kind: Kind, user: User) -> None:
    for _ in range(3):
        put(kind, user, key="once")
    assert delivery.send_due() == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_committed_with_what_it_reports_or_not_at_all(
    kind: Kind, user: User, broker: redis.Redis
) -> None:
    with transaction.atomic():
        put(kind, user)
        transaction.set_rollback(True)
    assert broker.llen("maintenance") == 0
    assert not OutgoingMail.objects.exists()
    put(kind, user)
    assert run_queued() == ["common.tasks.send_mails"]
    assert len(sent.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_emptied_it_goes_out_all_the_same(
    kind: Kind, user: User, broker: redis.Redis
) -> None:
    put(kind, user)
    broker.flushdb()
    assert run_queued() == []
    tasks.sweep_mails()
    assert len(sent.outbox) == 1


def test_a_mail_that_cannot_be_composed_holds_up_no_other(kind: Kind, user: User) -> None:
    broken = put(kind, user, context={"broken": True})
    put(kind, user, context={"what": "shoes"})
    assert delivery.send_due() == 1
    broken.refresh_from_db()
    assert (broken.attempts, broken.status, broken.last_error) == (
        1,
        "waiting",
        "OSError: the storage is unavailable",
    )


def test_a_mail_of_a_kind_that_this_release_does_not_know_waits(user: User) -> None:
    [kind] = list(_declared())
    assert kind.name not in Kind.declared
    put(kind, user)
    assert delivery.send_due() == 0
    assert OutgoingMail.objects.get().status == "waiting"


def test_urgent_mails_pass_all_others(kind: Kind, user: User) -> None:
    for what in "ab":
        put(kind, user, context={"what": what})
    put(kind, user, context={"what": "the password"})
    OutgoingMail.objects.filter(context__what="the password").update(urgent=True)
    delivery.send_due()
    assert subjects() == ["About the password", "About a", "About b"]


def test_a_run_ends_after_its_time_and_dispatches_another(
    kind: Kind, user: User, broker: redis.Redis
) -> None:
    for _ in range(3):
        put(kind, user)
    assert delivery.send_due(for_s=0) == 1
    assert broker.llen("maintenance") == 1


def test_a_mail_server_that_is_away_is_tried_again_without_end(
    kind: Kind, user: User, settings: Settings
) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    row = put(kind, user)
    for tries in range(outbox.MAX_ATTEMPTS + 3):
        assert send_in(hours=2 * tries) == 0
    row.refresh_from_db()
    assert (row.attempts, row.status, bool(row.last_error)) == (0, "waiting", True)
    settings.EMAIL_BACKEND = backend
    assert send_in(hours=48) == 1


def test_a_server_that_shuts_down_counts_as_unavailable_and_not_as_a_refusal(
    kind: Kind, user: User
) -> None:
    put(kind, user)
    with mail_server(unknown=user.email, refusal="421 closing for maintenance") as taken:
        for tries in range(outbox.MAX_ATTEMPTS + 2):
            assert send_in(hours=2 * tries) == 0
    assert taken == []
    assert OutgoingMail.objects.get().attempts == 0


@pytest.mark.parametrize(
    "address",
    ["nobody@example.com", pytest.param(f"me@{'ü' * 70}.example", id="too long for a host")],
)
def test_an_address_that_is_refused_does_not_hold_up_the_others(kind: Kind, address: str) -> None:
    refused, other = UserFactory(email=address), UserFactory()
    row = put(kind, refused)
    put(kind, other)
    with mail_server(unknown=address) as taken:
        assert delivery.send_due() == 1
    assert taken == [other.email]
    row.refresh_from_db()
    assert (row.attempts, row.status, bool(row.last_error)) == (1, "waiting", True)


def test_a_mail_refused_again_and_again_is_given_up_and_logged(
    kind: Kind, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    put(kind, user)
    with mail_server(unknown=user.email):
        for tries in range(outbox.MAX_ATTEMPTS + 2):
            send_in(hours=2 * tries)
    row = OutgoingMail.objects.get()
    assert (row.attempts, row.status) == (outbox.MAX_ATTEMPTS, "given_up")
    assert [line.levelname for line in caplog.records if "given up" in line.message] == ["ERROR"]
    assert user.email not in caplog.text


def test_a_mail_replayed_meanwhile_is_not_ended_by_the_old_worker(
    kind: Kind, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = put(kind, user)
    really = EmailBackend.send_messages

    def replay_first(self: EmailBackend, messages: Any) -> int:
        monkeypatch.setattr(EmailBackend, "send_messages", really)
        outbox.send_again(OutgoingMail.objects.all(), now=timezone.now())
        return really(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", replay_first)
    assert delivery.send_due(for_s=0) == 0
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("waiting", 0)
    assert delivery.send_due() == 1


@pytest.mark.parametrize(
    ("options", "changes", "reason"),
    [
        ({}, {"is_active": False}, "The account is disabled"),
        ({"disabled": True}, {"is_active": False}, None),
        ({}, {"email_verified_at": None}, "The address is not verified"),
        ({"unverified": True}, {"email_verified_at": None}, None),
    ],
)
def test_addresses_that_may_be_written_to(
    options: Any, changes: Any, reason: str | None, settings: Any
) -> None:
    settings.VERIFY_EMAIL = True
    user = UserFactory(**{"email_verified_at": timezone.now(), **changes})
    for kind in _declared(**options):
        put(kind, user)
        assert delivery.send_due() == (reason is None)
    row = OutgoingMail.objects.get()
    assert (row.status, row.last_error) == ("dropped" if reason else "sent", reason or "")


def test_a_mail_that_is_no_longer_true_is_not_sent(kind: Kind, user: User) -> None:
    row = put(kind, user, context={"over": True})
    assert delivery.send_due() == 0
    row.refresh_from_db()
    assert row.status == "dropped"


def test_a_late_mail_is_dropped_unless_it_is_asked_for_again(user: User) -> None:
    for kind in _declared(lasts=lambda: timedelta(hours=1)):
        row = put(kind, user)
        assert send_in(hours=2) == 0
        row.refresh_from_db()
        assert row.status == "dropped"
        later = timezone.now() + timedelta(hours=2)
        assert outbox.send_again(OutgoingMail.objects.all(), now=later) == 1
        assert send_in(hours=2.5) == 1


def test_waiting_mails_are_counted_by_kind(kind: Kind, user: User) -> None:
    put(kind, user)
    put(kind, user)
    assert queries.waiting() == {"tests.notice": 2}
    delivery.send_due()
    assert queries.waiting() == {}


def test_a_mail_for_nobody_leaves_nothing(kind: Kind) -> None:
    outbox.put(kind, user_id=None, now=timezone.now())
    assert (delivery.send_due(), OutgoingMail.objects.count()) == (0, 0)


def test_an_address_of_its_own_goes_with_its_row(kind: Kind, user: User) -> None:
    put(kind, user, address="old@example.com")
    put(kind, user)
    outbox.forget(user_id=user.pk)
    assert delivery.send_due() == 1
    assert sent.outbox[0].to == ["old@example.com"]
    assert not OutgoingMail.objects.exists()


def test_old_mails_are_forgotten_and_given_up_addresses_at_once(kind: Kind, user: User) -> None:
    put(kind, user)
    delivery.send_due()
    put(kind, user)
    addressed = put(kind, user, address="old@example.com")
    OutgoingMail.objects.filter(pk=addressed.pk).update(status="given_up", ended_at=timezone.now())
    assert delivery.purge(now=timezone.now() + timedelta(days=91)) == 2
    assert OutgoingMail.objects.get().status == "waiting"
