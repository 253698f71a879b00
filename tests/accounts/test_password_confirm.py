from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from accounts import services
from accounts.errors import InvalidResetToken
from accounts.mail import reset_token
from accounts.models import User
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import code, error, get, post

NEW = "an even longer phrase 43"

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def confirm(token: str, password: str = NEW) -> Any:
    return post("/auth/password/reset/confirm", {"token": token, "newPassword": password})


def has_password(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


def test_sets_the_password(user: User) -> None:
    response = confirm(reset_token(user))

    assert response.status_code == 200
    assert has_password(user, NEW)


def test_the_token_works_once(user: User) -> None:
    token = reset_token(user)
    confirm(token)

    again = confirm(token, "yet another phrase 44")

    assert again.status_code == 400
    assert code(again) == "INVALID_TOKEN"
    assert has_password(user, NEW)


def test_older_tokens_end_with_the_first_that_is_used(user: User) -> None:
    first, second = reset_token(user), reset_token(user)
    confirm(second)

    assert confirm(first).status_code == 400


def test_ends_every_session_but_no_api_key(user: User) -> None:
    auth, key = bearer(user), api_key_for(user)

    confirm(reset_token(user))

    assert get("/auth/me", auth=auth).status_code == 401
    assert get("/auth/me", **{"X-API-Key": key}).status_code == 200


def test_the_address_counts_as_verified(user: User) -> None:
    confirm(reset_token(user))

    assert User.objects.get().email_verified_at is not None


def test_a_weak_password_does_not_use_the_token_up(user: User) -> None:
    token = reset_token(user)

    weak = confirm(token, "123")

    assert weak.status_code == 400
    assert error(weak)["details"]["fields"]["newPassword"]
    assert confirm(token).status_code == 200


@override_settings(PASSWORD_RESET_TIMEOUT=-1)
def test_an_old_token_is_refused(user: User) -> None:
    assert code(confirm(reset_token(user))) == "INVALID_TOKEN"


def test_a_token_of_another_account_is_refused(user: User) -> None:
    _, _, signature = reset_token(UserFactory()).partition(".")

    assert code(confirm(f"{user.public_id}.{signature}")) == "INVALID_TOKEN"
    assert has_password(user, PASSWORD)


@pytest.mark.parametrize("token", ["x", ".", "user_x.", "a.b.c", "ü.ü", "user_x.cx5-abc"])
def test_garbage_is_refused(token: str) -> None:
    assert code(confirm(token)) == "INVALID_TOKEN"


def test_a_disabled_account_stays_disabled(user: User) -> None:
    token = reset_token(user)
    user.is_active = False
    user.save()

    assert code(confirm(token)) == "INVALID_TOKEN"


@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_requests_use_the_token_once() -> None:
    user = UserFactory()
    token, start = reset_token(user), Barrier(10)

    def use(n: int) -> bool:
        start.wait()
        try:
            services.confirm_reset(
                token=token,
                new=f"phrase number {n} of ten",
                network="192.0.2.1",
                now=timezone.now(),
            )
        except InvalidResetToken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(use, range(10))) == 1


def test_links_of_earlier_mails_lead_to_the_page() -> None:
    assert Client().get("/v1/auth/password/reset/form").headers["Location"] == "/reset"
    assert Client().get("/reset").status_code == 200
