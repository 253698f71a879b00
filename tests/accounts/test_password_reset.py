import re

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts import tasks
from common.models import OutgoingMail
from tests.accounts.factories import UserFactory
from tests.accounts.http import call, code, post, run_mails

pytestmark = pytest.mark.django_db


def ask(email: str) -> list[EmailMultiAlternatives]:
    """Ask for a reset, run the worker's part, return the mails that were sent."""
    mail.outbox.clear()
    assert post("/auth/password/reset", {"email": email}).status_code == 202
    run_mails()
    return [message for message in mail.outbox if isinstance(message, EmailMultiAlternatives)]


def test_mails_a_link_and_a_token() -> None:
    user = UserFactory()

    (message,) = ask(user.email)

    assert message.to == [user.email]
    assert message.subject == "Choose a new Lumiku password"
    link = f"{settings.BASE_URL}/reset#token={user.public_id}."
    html = str(message.alternatives[0][0])
    assert link in message.body
    assert link in html
    assert "60 minutes" in message.body


def test_the_link_keeps_the_token_away_from_servers() -> None:
    (message,) = ask(UserFactory().email)

    (link,) = re.findall(r"https?://\S+#\S+", str(message.body))
    assert "?" not in link


def test_the_answer_is_the_same_for_known_unknown_and_disabled_accounts() -> None:
    emails = [UserFactory().email, "nobody@example.com", UserFactory(is_active=False).email]

    answers = [post("/auth/password/reset", {"email": email}) for email in emails]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({frozenset(set(answer.headers) - {"X-Request-Id"}) for answer in answers}) == 1


def test_known_and_unknown_addresses_take_the_same_path() -> None:
    counts = []
    for email in (UserFactory().email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            post("/auth/password/reset", {"email": email})
        counts.append((len(queries), OutgoingMail.objects.count()))

    assert counts == [(counts[0][0], 1), (counts[0][0], 2)]


def test_no_row_holds_a_token() -> None:
    user = UserFactory()
    post("/auth/password/reset", {"email": user.email})
    run_mails()

    assert OutgoingMail.objects.get().context == {}


def test_a_mail_queued_in_the_broker_by_the_previous_release_is_sent() -> None:
    user = UserFactory()
    tasks.send_password_reset(user_id=user.pk, unknown_argument=1)

    assert [message.to for message in run_mails()] == [[user.email]]


@pytest.mark.parametrize("email", ["nobody@example.com"])
def test_an_unknown_address_gets_no_mail(email: str) -> None:
    assert ask(email) == []


def test_a_disabled_account_gets_no_mail() -> None:
    assert ask(UserFactory(is_active=False).email) == []


def test_the_spelling_of_the_address_does_not_matter() -> None:
    UserFactory(email="person@example.com")

    assert len(ask("Person@Example.COM")) == 1


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "account_mail": (2, 3600, 2)})
def test_one_address_gets_only_so_many_mails_and_the_answer_stays_the_same() -> None:
    user = UserFactory()

    assert [len(ask(user.email)) for _ in range(3)] == [1, 1, 0]


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "login_address": (1, 300, 1)})
def test_is_limited_by_address_as_well() -> None:
    ask("nobody@example.com")

    assert code(post("/auth/password/reset", {"email": "a@example.com"})) == "RATE_LIMIT_EXCEEDED"


def test_refuses_invalid_addresses() -> None:
    assert post("/auth/password/reset", {"email": "nonsense"}).status_code == 400
    assert call("get", "/auth/password/reset").status_code == 405
