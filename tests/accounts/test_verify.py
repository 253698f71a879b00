"""Verification of an address: the mail, the token, the page, and the limits of unverified
accounts.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client, override_settings
from django.utils import timezone

from accounts import address_tokens, services
from accounts.models import User
from accounts.services import verification
from billing import ledger
from common.http.auth import Scope
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import code, get, post, run_mails

pytestmark = pytest.mark.django_db
NEW = {"email": "new@example.com", "password": PASSWORD}
PAGE = "/verify"


@pytest.fixture(autouse=True)
def _asked_for(settings: Any) -> None:
    settings.VERIFY_EMAIL = True


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def verify(token: str) -> Any:
    return post("/auth/verify", {"token": token})


def sign_up() -> tuple[User, str]:
    """Register an account and return the token from its mail."""
    post("/auth/register", NEW)
    run_mails()
    [message] = mail.outbox
    [token] = re.findall(r"^user_\S+$", str(message.body), re.MULTILINE)
    return User.objects.get(email=NEW["email"]), token


def credits_of(user: User) -> int:
    return ledger.balance(user_id=user.pk).available


def test_the_mail_holds_a_link_whose_token_stays_in_the_browser() -> None:
    user, token = sign_up()
    [message] = mail.outbox
    assert message.to == [user.email]
    assert message.subject == "Confirm your e-mail address"
    assert f"{settings.BASE_URL}{PAGE}#token={user.public_id}." in message.body
    assert "72 hours" in message.body
    assert verify(token).status_code == 200


def test_the_welcome_credits_come_with_the_verification() -> None:
    user, token = sign_up()
    auth = bearer(user)
    assert get("/auth/me", auth=auth).json()["data"]["emailVerified"] is False
    assert credits_of(user) == 0
    assert verify(token).status_code == 200
    assert get("/auth/me", auth=auth).json()["data"]["emailVerified"] is True
    assert credits_of(user) == settings.SIGNUP_BONUS_CREDITS


def test_a_second_use_of_the_token_is_harmless() -> None:
    user, token = sign_up()
    assert [verify(token).status_code for _ in range(3)] == [200] * 3
    assert credits_of(user) == settings.SIGNUP_BONUS_CREDITS


def test_an_unverified_user_logs_in() -> None:
    sign_up()
    assert post("/auth/login", NEW).status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "user_x.y", "a:b:c", "\0", "😀"])
def test_a_token_of_another_or_unknown_user_is_refused(user: User, token: str) -> None:
    assert verify(token).status_code == 400
    assert verify(address_tokens.make(user)[:-1] + "_").status_code == 400
    assert User.objects.get().email_verified_at is None


def test_the_token_expires(user: User) -> None:
    token = address_tokens.make(user)
    with override_settings(VERIFY_EMAIL_TIMEOUT_S=-1):
        assert code(verify(token)) == "INVALID_TOKEN"


def test_a_token_for_an_earlier_address_is_refused(user: User) -> None:
    token = address_tokens.make(user)
    User.objects.filter(pk=user.pk).update(email="other@example.com")
    assert code(verify(token)) == "INVALID_TOKEN"


def test_a_disabled_account_is_not_verified(user: User) -> None:
    token = address_tokens.make(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert verify(token).status_code == 400


def test_a_reset_verifies_the_address() -> None:
    user, _ = sign_up()
    post("/auth/password/reset", {"email": user.email})
    run_mails()
    [token] = re.findall(r"^user_\S+$", str(mail.outbox[-1].body), re.MULTILINE)
    new = {"token": token, "newPassword": "an even longer phrase 43"}
    assert post("/auth/password/reset/confirm", new).status_code == 200
    assert credits_of(user) == settings.SIGNUP_BONUS_CREDITS


def test_the_mail_can_be_sent_again(user: User) -> None:
    response = post("/auth/verify/resend", auth=bearer(user))
    assert response.status_code == 202
    run_mails()
    assert [message.to for message in mail.outbox] == [[user.email]]


def test_a_verified_address_needs_no_other_mail(user: User) -> None:
    verification.mark_verified(user=user, now=timezone.now())
    response = post("/auth/verify/resend", auth=bearer(user))
    assert (response.status_code, code(response)) == (409, "CONFLICT")


def test_sending_again_needs_a_login_and_the_scope(user: User) -> None:
    reading = api_key_for(user, scopes=[Scope.REMOVAL_READ])
    assert post("/auth/verify/resend").status_code == 401
    assert post("/auth/verify/resend", **{"X-API-Key": reading}).status_code == 403


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "verify_mail": (2, 3600, 2)})
def test_verification_mails_to_one_mailbox_are_limited() -> None:
    for tag in "abc":
        post("/auth/register", {**NEW, "email": f"new+{tag}@example.com"})
    run_mails()
    assert len(mail.outbox) == 2
    last = User.objects.get(email="new+c@example.com")
    assert post("/auth/verify/resend", auth=bearer(last)).status_code == 429


def test_resets_do_not_use_up_verifications(user: User) -> None:
    for _ in range(9):
        post("/auth/password/reset", {"email": user.email})
    assert post("/auth/verify/resend", auth=bearer(user)).status_code == 202


def test_links_of_earlier_mails_lead_to_the_page() -> None:
    assert Client().get("/v1/auth/verify/form").headers["Location"] == PAGE
    assert Client().get(PAGE).status_code == 200


def test_an_unverified_address_gets_no_notice(user: User) -> None:
    services.password_was_replaced(user=user)
    run_mails()
    assert mail.outbox == []


def test_a_caller_cannot_write_to_a_stranger_by_a_tag_of_the_address() -> None:
    post("/auth/register", {**NEW, "email": "stranger+pay-at-evil.example@example.com"})
    post("/auth/password/reset", {"email": "stranger+pay-at-evil.example@example.com"})
    assert len(run_mails()) == 2
    for message in mail.outbox:
        assert isinstance(message, EmailMultiAlternatives)
        written = f"{message.subject}{message.body}{message.alternatives[0][0]!s}"
        assert "evil" not in written


def test_without_verification_every_address_counts_as_verified(user: User) -> None:
    with override_settings(VERIFY_EMAIL=False):
        assert get("/auth/me", auth=bearer(user)).json()["data"]["emailVerified"] is True
        post("/auth/register", NEW)
        run_mails()
    assert mail.outbox == []
    assert credits_of(User.objects.get(email=NEW["email"])) == settings.SIGNUP_BONUS_CREDITS


def test_an_operator_who_changes_an_address_has_it_verified_anew(user: User) -> None:
    verification.mark_verified(user=user, now=timezone.now() - timedelta(days=1))
    staff = UserFactory(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(staff)
    page = f"/admin/accounts/user/{user.pk}/change/"
    saved = client.post(page, {"email": "moved@example.com", "is_active": "on", "groups": []})
    assert saved.status_code == 302
    run_mails()
    assert [message.to for message in mail.outbox] == [["moved@example.com"]]
    assert User.objects.get(pk=user.pk).email_verified_at is None
