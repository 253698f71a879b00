"""The mail when an asynchronous request has ended, and who gets it."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from common.mail.delivery import send_due
from common.mail.models import OutgoingMail
from integrations.compat import removing
from integrations.compat.async_service import mails
from integrations.models import Process
from removal import runner
from removal.models import Job
from tests.integrations.compat.async_service.test_process import post
from tests.integrations.compat.calls import client_of
from tests.removal.factories import blank, customer, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    settings.VERIFY_EMAIL, settings.MAIL_STAYS_HERE = True, False
    settings.BASE_URL = "https://images.example.com"


def owner(*, verified: bool = True) -> User:
    return customer(email_verified_at=timezone.now() if verified else None)


def processed(user: User, email: str, **fields: Any) -> Process:
    post(client_of(user), email=email, **fields).close()
    runner.run(Job.objects.get().public_id)
    send_due()
    return Process.objects.get()


def test_the_owner_gets_a_mail_with_the_address_of_the_image() -> None:
    user = owner()
    process = processed(user, user.email.upper())
    (message,) = mail.outbox
    assert message.to == [user.email]
    assert message.subject == "Your image is ready"
    assert f"https://images.example.com/download/{process.pk}" in message.body


def test_the_owner_gets_a_mail_about_a_failure() -> None:
    user = owner()
    processed(user, user.email, file=uploaded(blank(), "http-evil.example.png"))
    (message,) = mail.outbox
    assert message.subject == "Your image could not be processed"
    assert "evil" not in message.body
    assert "Nothing was charged" in message.body


def test_nobody_else_is_written_to() -> None:
    processed(owner(), "victim@example.com")
    assert mail.outbox == []


def test_an_owner_whose_address_is_not_verified_is_not_written_to() -> None:
    user = owner(verified=False)
    processed(user, user.email)
    assert mail.outbox == []


def test_where_mails_stay_on_the_machine_anybody_is(settings: Settings) -> None:
    settings.MAIL_STAYS_HERE = True
    process = processed(owner(), "anybody@example.com")
    (message,) = mail.outbox
    assert message.to == ["anybody@example.com"]
    assert process.address == ""
    assert not OutgoingMail.objects.exists()


def test_what_is_no_address_gets_the_same_answer_and_no_mail(settings: Settings) -> None:
    settings.MAIL_STAYS_HERE = True
    processed(owner(), "nobody\r\nBcc: victim@example.com")
    assert mail.outbox == []


def test_a_job_that_ended_before_its_row_was_written_gets_its_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = owner()
    submit = removing.submitted

    def ended(**kwargs: Any) -> Any:
        job = submit(**kwargs)
        runner.run(job.public_id)
        return job

    monkeypatch.setattr(removing, "submitted", ended)
    post(client_of(user), email=user.email).close()
    assert send_due() == 1


def test_the_mail_is_sent_once() -> None:
    user = owner()
    process = processed(user, user.email)
    mails.enqueue(process, now=timezone.now())
    assert send_due() == 0


def test_after_an_erasure_nothing_is_sent() -> None:
    user = owner()
    post(client_of(user), email=user.email).close()
    runner.run(Job.objects.get().public_id)
    Job.objects.update(erased_at=timezone.now())
    send_due()
    assert mail.outbox == []
