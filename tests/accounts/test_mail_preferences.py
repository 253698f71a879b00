"""`/auth/me/mail` and `/mail/unsubscribe`: which notices are sent, and in which language."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.models import User
from accounts.services import erasure
from billing.mails.kinds import KINDS
from billing.models.mails import MailKind
from common.http.auth import Scope
from common.mail import outbox, preferences
from common.mail.models import MailPreference, OutgoingMail
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.accounts.http import call, code, get, run_mails

pytestmark = pytest.mark.django_db

URL = "/auth/me/mail"
NOTICE = KINDS[MailKind.CREDITS_LOW]
RECEIPT = KINDS[MailKind.RECEIPT]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def change(user: User, **body: Any) -> Any:
    return call("patch", URL, body, auth=bearer(user))


def enabled(user: User) -> dict[str, bool]:
    notices = get(URL, auth=bearer(user)).json()["data"]["notices"]
    return {notice["kind"]: notice["enabled"] for notice in notices}


def notice(user: User) -> Any:
    """Put a notice into the outbox and send it; returns the mail, or None."""
    outbox.put(NOTICE, user_id=user.pk, context={"available": 3}, now=timezone.now())
    return next(iter(run_mails()), None)


def link_of(sent: Any) -> str:
    """The path and query of the mail's `List-Unsubscribe`."""
    parts = urlsplit(sent.extra_headers["List-Unsubscribe"].strip("<>"))
    return f"{parts.path}?{parts.query}"


def test_at_first_every_notice_is_sent_in_english(user: User) -> None:
    data = get(URL, auth=bearer(user)).json()["data"]
    assert (data["language"], data["languages"]) == ("en", ["en", "id"])
    assert {"batches.ended", "billing.credits_low", "billing.quota_nearly_used"} <= set(
        enabled(user)
    )
    assert all(enabled(user).values())
    assert all(each["title"] for each in data["notices"])


@pytest.mark.parametrize(
    "kind", ["accounts.password_changed", "accounts.verification", "billing.receipt", "x.y"]
)
def test_security_mails_and_receipts_cannot_be_turned_off(user: User, kind: str) -> None:
    assert kind not in enabled(user)
    refused = change(user, notices={kind: False})
    assert (refused.status_code, code(refused)) == (400, "INVALID_INPUT")
    assert "billing.credits_low" in refused.json()["error"]["details"]["allowed"]


def test_a_notice_that_was_turned_off_is_not_sent(user: User) -> None:
    assert change(user, notices={NOTICE.name: False}).status_code == 200
    assert notice(user) is None
    assert OutgoingMail.objects.get().last_error == "The user has turned such mails off"
    assert change(user, notices={NOTICE.name: True}).status_code == 200
    assert notice(user) is not None


def test_turning_one_off_leaves_the_others_and_the_language(user: User) -> None:
    change(user, language="id", notices={NOTICE.name: False})
    change(user, notices={"batches.ended": False})
    answer = change(user, notices={NOTICE.name: True}).json()["data"]
    assert answer["language"] == "id"
    assert {kind for kind, on in enabled(user).items() if not on} == {"batches.ended"}


@pytest.mark.parametrize("staff", [False, True])
def test_others_change_only_their_own(user: User, staff: bool) -> None:
    change(UserFactory(is_staff=staff), notices={NOTICE.name: False}, language="id")
    assert enabled(user)[NOTICE.name]
    assert preferences.language(user_id=user.pk) == "en"


def test_nobody_reads_or_changes_it_without_logging_in_or_the_scope(user: User) -> None:
    auth = f"Bearer {api_key_for(user, [Scope.BILLING_READ])}"
    body = {"language": "id"}
    assert [get(URL).status_code, call("patch", URL, body).status_code] == [401, 401]
    assert get(URL, auth=auth).status_code == call("patch", URL, body, auth=auth).status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"language": "fr"}, {"notices": []}, {"notices": {"batches.ended": "no!"}}]
)
def test_invalid_input_is_refused(user: User, body: dict[str, Any]) -> None:
    assert change(user, **body).status_code == 400


# --- the link in the mail ---


def test_a_notice_names_its_link_to_people_and_mail_programs(user: User) -> None:
    sent = notice(user)
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert isinstance(sent, EmailMultiAlternatives)
    for text in (sent.body, str(sent.alternatives[0][0])):
        assert "/v1/mail/unsubscribe?token=" in text


def test_other_mails_have_no_such_link(user: User) -> None:
    outbox.put(mail.PASSWORD_CHANGED, user_id=user.pk, now=timezone.now())
    [sent] = run_mails()
    assert "List-Unsubscribe" not in sent.extra_headers
    assert "Stop these e-mails" not in sent.body


def test_one_click_turns_the_kind_off_without_a_login(user: User) -> None:
    link = link_of(notice(user))
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):
        assert client.post(link, ONE_CLICK).status_code == 200
    assert {kind for kind, on in enabled(user).items() if not on} == {NOTICE.name}


def test_opening_the_link_turns_nothing_off_before_a_click(user: User) -> None:
    link = link_of(notice(user))
    page = Client().get(link)
    assert page.status_code == 200
    assert "Credits are running low" in page.content.decode()
    assert all(enabled(user).values())


def test_the_page_of_the_link_is_in_the_language_of_the_mails(user: User) -> None:
    change(user, language="id")
    link, client = link_of(notice(user)), Client(headers={"accept-language": "en"})
    asked, done = (getattr(client, method)(link).content.decode() for method in ("get", "post"))
    assert '<html lang="id">' in asked
    assert "Hentikan email ini: <strong>Kredit hampir habis</strong>?" in asked
    assert "Anda tidak akan menerima email ini lagi: <strong>Kredit hampir habis</strong>." in done


def test_a_changed_token_is_refused_in_the_language_of_the_browser() -> None:
    client = Client(headers={"accept-language": "id-ID,id;q=0.9,en;q=0.5"})
    page = client.get("/v1/mail/unsubscribe?token=forged").content.decode()
    assert '<html lang="id">' in page
    assert "Tautan ini tidak lengkap" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_changed_token_is_refused(user: User, method: str) -> None:
    [token] = parse_qs(urlsplit(link_of(notice(user))).query)["token"]
    forged = [token[:-1], token.replace("credits_low", "receipt"), "", "a.b:c", "\0"]
    for each in forged:
        page = getattr(Client(), method)("/v1/mail/unsubscribe", query_params={"token": each})
        assert page.status_code == 400
    assert all(enabled(user).values())


def test_the_choices_go_with_the_account(user: User) -> None:
    change(user, notices={NOTICE.name: False})
    link = link_of(notice(UserFactory()))
    assert link
    erasure.erase_account(user=user, by=user, reason="", now=timezone.now())
    erasure.run()
    assert not MailPreference.objects.filter(user=user).exists()
