from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.test import override_settings
from django.utils import timezone

from accounts import services
from accounts.guard import Origin
from accounts.models import User
from accounts.services import login
from tests.accounts.factories import PASSWORD, UserFactory
from tests.accounts.http import code, error, post

pytestmark = pytest.mark.django_db


def log_in(email: str, password: str = PASSWORD) -> Any:
    return post("/auth/login", {"email": email, "password": password})


def test_answers_with_the_token_at_the_top_and_in_data() -> None:
    user = UserFactory()

    body = log_in(user.email).json()

    assert body["success"] is True
    assert body["token"] == body["data"]["token"]
    assert body["data"]["expiresIn"] == settings.JWT_ACCESS_S
    assert body["data"]["user"] == {
        "id": user.public_id,
        "email": user.email,
        "role": "user",
        "emailVerified": True,
        "createdAt": user.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@pytest.mark.parametrize(("is_staff", "role"), [(False, "user"), (True, "admin")])
def test_the_claims_are_those_of_the_contract(is_staff: bool, role: str) -> None:
    user = UserFactory(is_staff=is_staff)

    token = log_in(user.email).json()["token"]

    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, settings.JWT_SIGNING_KEY, algorithms=["HS256"])
    assert claims["userId"] == user.public_id
    assert claims["email"] == user.email
    assert claims["role"] == role
    assert claims["exp"] - claims["iat"] == settings.JWT_ACCESS_S


def test_the_spelling_of_the_address_does_not_matter() -> None:
    UserFactory(email="person@example.com")

    assert log_in("Person@EXAMPLE.com ").status_code == 200


def test_remembers_the_last_login() -> None:
    user, before = UserFactory(), timezone.now()

    log_in(user.email)

    user.refresh_from_db()
    assert user.last_login is not None
    assert user.last_login >= before


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer() -> None:
    user = UserFactory()

    wrong, unknown = log_in(user.email, "wrong"), log_in("nobody@example.com")

    assert wrong.status_code == unknown.status_code == 401
    assert code(wrong) == code(unknown) == "UNAUTHORIZED"
    assert error(wrong)["message"] == error(unknown)["message"]
    assert wrong.headers["WWW-Authenticate"]


def test_an_unknown_address_costs_a_password_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    encode = hashers.MD5PasswordHasher.encode

    def counting(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counting)
    log_in("nobody@example.com", "wrong")

    assert hashed == ["wrong"]


def test_only_the_right_password_shows_that_an_account_is_disabled() -> None:
    user = UserFactory(is_active=False)

    assert "disabled" in error(log_in(user.email))["message"]
    assert "disabled" not in error(log_in(user.email, "wrong"))["message"]
    assert log_in(user.email).status_code == 401


def test_an_account_without_a_password_cannot_log_in() -> None:
    user = UserFactory(password=None)

    assert log_in(user.email, "").status_code == 400
    assert log_in(user.email, "!").status_code == 401


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "login_account": (3, 900, 3)})
def test_a_success_clears_the_failures() -> None:
    user = UserFactory()
    for password in ["wrong", "wrong", PASSWORD, "wrong", "wrong"]:
        log_in(user.email, password)

    assert log_in(user.email).status_code == 200


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "login_account": (3, 900, 3)})
def test_an_unknown_address_has_the_same_limit() -> None:
    statuses = [log_in("nobody@example.com").status_code for _ in range(4)]

    assert statuses == [401, 401, 401, 429]


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "login_address": (2, 300, 2)})
def test_attempts_from_one_address_are_limited_over_all_accounts() -> None:
    statuses = [log_in(f"nobody{n}@example.com").status_code for n in range(3)]

    assert statuses == [401, 401, 429]


def test_production_hashes_with_argon2() -> None:
    from config.settings import base

    assert base.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=base.PASSWORD_HASHERS):
        user = UserFactory()
        assert user.password.startswith("argon2$argon2id$")
        tokens = services.log_in(
            email=user.email, password=PASSWORD, origin=Origin("192.0.2.1"), now=timezone.now()
        )
        assert tokens.user == user


def test_a_password_changed_meanwhile_opens_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory()
    verified = login._verified

    def verified_then_changed(address: str, password: str) -> User:
        found = verified(address, password)
        services.change_password(
            user=User.objects.get(pk=user.pk),
            current=PASSWORD,
            new="an entirely new pass phrase 43",
            now=timezone.now(),
        )
        return found

    monkeypatch.setattr(login, "_verified", verified_then_changed)

    assert log_in(user.email).status_code == 401
    assert user.login_sessions.filter(revoked_at=None).count() == 1  # that of the change itself
