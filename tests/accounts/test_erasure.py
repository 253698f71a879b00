"""The rounds of an account's erasure after it was closed, with failures in between."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.mail import PASSWORD_CHANGED
from accounts.models import Erasure, User
from accounts.services import erasure
from common.mail import delivery, outbox
from common.models import OutgoingMail
from common.users import UserRef
from tests.accounts.factories import UserFactory
from tests.accounts.http import run_mails

pytestmark = pytest.mark.django_db

HERE = "tests.accounts.test_erasure"
calls: list[str] = []


def fine(*, user: UserRef, now: datetime) -> bool:
    calls.append("fine")
    return True


def broken(*, user: UserRef, now: datetime) -> bool:
    calls.append("broken")
    raise OSError("the disk is unavailable")


def slow(*, user: UserRef, now: datetime) -> bool:
    """Needs three calls."""
    calls.append("slow")
    return len(calls) >= 3


def deadly(*, user: UserRef, now: datetime) -> bool:
    """The process ends in the middle of the first call."""
    calls.append("deadly")
    if len(calls) == 2:
        raise SystemExit
    return True


@pytest.fixture
def user(db: None) -> User:
    calls.clear()
    return UserFactory()


def steps(settings: Settings, *names: str) -> None:
    settings.ACCOUNT_ERASURE = [f"{HERE}.{name}" for name in names]


def closed(user: User) -> datetime:
    now = timezone.now()
    erasure.erase_account(user=user, by=user, reason="", now=now)
    return now


def at(moment: datetime) -> int:
    return erasure.run(clock=lambda: moment)


def test_two_more_rounds_follow(user: User, settings: Settings) -> None:
    steps(settings, "fine")
    now = closed(user)
    hours = (0, 0.9, 1.1, 25, 26, 1000)
    assert [at(now + timedelta(hours=hour)) for hour in hours] == [1, 0, 1, 0, 1, 0]
    row = Erasure.objects.get()
    assert (calls, row.rounds, row.finished_at) == (["fine"] * 3, 3, now + timedelta(hours=26))


def test_a_later_round_deletes_what_an_old_form_saved(user: User, settings: Settings) -> None:
    steps(settings, "fine")
    now = closed(user)
    at(now)
    user.save()
    at(now + timedelta(hours=2))
    after = User.objects.get()
    assert (after.is_active, after.has_usable_password()) == (False, False)
    assert after.email.endswith("@erased.invalid")


def test_a_failing_step_does_not_delay_the_others(user: User, settings: Settings) -> None:
    steps(settings, "broken", "slow")
    assert at(closed(user)) == 2
    assert calls == ["broken", "slow"] * 2


def test_an_address_that_cannot_be_replaced_is_reported(user: User, settings: Settings) -> None:
    steps(settings, "fine")
    UserFactory(email=f"{user.public_id}@erased.invalid")
    now = closed(user)
    assert at(now) == 1
    assert Erasure.objects.get().last_error == "accounts: IntegrityError"
    assert at(now + timedelta(seconds=59)) == 0


def test_a_failed_step_is_retried_and_stops_no_other(user: User, settings: Settings) -> None:
    steps(settings, "broken", "fine")
    now = closed(user)
    assert at(now) == 1
    row = Erasure.objects.get()
    assert (calls, row.rounds, row.last_error) == (["broken", "fine"], 0, f"{HERE}.broken: OSError")
    assert User.objects.get().email.endswith("@erased.invalid")
    assert at(now + timedelta(seconds=59)) == 0
    steps(settings, "fine")
    assert at(now + timedelta(seconds=61)) == 1
    row.refresh_from_db()
    assert (row.rounds, row.last_error) == (1, "")


def test_retries_become_rarer_but_never_end(user: User, settings: Settings) -> None:
    steps(settings, "broken")
    moment = closed(user)
    for _ in range(30):
        assert at(moment) == 1
        due = Erasure.objects.get().available_at
        assert timedelta(minutes=1) <= due - moment <= timedelta(hours=6)
        moment = due


def test_a_step_that_needs_several_calls_gets_them_at_once(user: User, settings: Settings) -> None:
    steps(settings, "slow")
    assert at(closed(user)) == 3
    assert Erasure.objects.get().rounds == 1


def test_another_worker_takes_over_from_a_dead_one(user: User, settings: Settings) -> None:
    steps(settings, "fine")
    now = closed(user)
    assert erasure.QUEUE.claim(now=now)
    assert at(now) == 0
    assert at(now + erasure.LEASE) == 1
    assert calls == ["fine"]


def test_an_interrupted_round_is_repeated(user: User, settings: Settings) -> None:
    steps(settings, "fine", "deadly")
    now = closed(user)
    with pytest.raises(SystemExit):
        at(now)
    assert User.objects.get().email == user.email
    assert at(now + erasure.LEASE) == 1
    assert calls == ["fine", "deadly", "fine", "deadly"]
    assert (Erasure.objects.get().rounds, User.objects.get().is_active) == (1, False)


def test_an_unavailable_mail_server_delays_nothing(user: User, settings: Any) -> None:
    steps(settings, "fine")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    at(closed(user))
    assert User.objects.get().email.endswith("@erased.invalid")
    assert delivery.send_due() == 0


def test_the_last_mail_goes_to_the_address_and_then_nothing_holds_it(
    user: User, settings: Settings
) -> None:
    steps(settings, "fine")
    outbox.put(PASSWORD_CHANGED, user_id=user.pk, now=timezone.now())
    now = closed(user)
    for hours in (0, 2):
        at(now + timedelta(hours=hours))
    assert [message.to for message in run_mails()] == [[user.email]]
    assert not OutgoingMail.objects.exists()


def test_a_last_mail_that_cannot_be_sent_does_not_keep_the_address(
    user: User, settings: Settings
) -> None:
    steps(settings, "fine")
    now = closed(user)
    at(now)
    later = now + timedelta(hours=25)
    assert delivery.send_due(clock=lambda: later) == 0
    assert not OutgoingMail.objects.exists()


def test_an_invalid_address_does_not_delay_the_erasure(settings: Any, caplog: Any) -> None:
    steps(settings)
    user = UserFactory(email="jürgen\n@example.com")
    at(closed(user))
    row = Erasure.objects.get()
    assert (row.rounds, row.last_error) == (1, "")
    assert delivery.send_due() == 0
    assert user.public_id in caplog.text
    assert "jürgen" not in caplog.text
