"""The login page of the operators' pages has the same limits as the API's login."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.accounts.factories import PASSWORD, UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("_guarded"),
]


@pytest.fixture
def _guarded() -> Any:
    with override_settings(AUTHENTICATION_BACKENDS=["accounts.backends.GuardedBackend"]):
        yield


def log_in(email: str, password: str, address: str = "198.51.100.1") -> bool:
    client = Client(REMOTE_ADDR=address)
    page = client.post("/admin/login/", {"username": email, "password": password})
    return page.status_code == 302


def test_an_operator_logs_in() -> None:
    user = UserFactory(is_staff=True)

    assert log_in(user.email.upper(), PASSWORD)
    assert not log_in(user.email, "wrong")


def test_an_inactive_operator_does_not() -> None:
    assert not log_in(UserFactory(is_staff=True, is_active=False).email, PASSWORD)


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "login_account": (2, 900, 2)})
def test_failures_of_one_account_are_limited() -> None:
    user = UserFactory(is_staff=True)
    for _ in range(2):
        log_in(user.email, "wrong")

    assert not log_in(user.email, PASSWORD)
    assert log_in(user.email, PASSWORD, "203.0.113.5")


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "login_address": (2, 300, 2)})
def test_attempts_from_one_network_are_limited() -> None:
    user = UserFactory(is_staff=True)
    for n in range(2):
        log_in(f"nobody{n}@example.com", "wrong")

    assert not log_in(user.email, PASSWORD)
    assert log_in(user.email, PASSWORD, "203.0.113.5")
