"""Helpers for tests of the second factor."""

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp import oath
from django_otp.plugins.otp_totp import models as otp_totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.second_factor import services
from tests.accounts.factories import PASSWORD, UserFactory

LOGIN, CODE, DEVICE = "/admin/login/", "/admin/login/code/", "/admin/second-factor/"
# This is no code of an app, because it has five digits.
WRONG = "12345"
# The code of the previous period is valid as well, so two of them need no waiting.
EARLIER, NOW, LATER = -1, 0, 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.time()
    monkeypatch.setattr(oath, "time", lambda: moment)
    monkeypatch.setattr(otp_totp, "time", SimpleNamespace(time=lambda: moment))


@pytest.fixture
def boss() -> User:
    return UserFactory(email="boss@example.com", is_staff=True, is_superuser=True)


def app_code(secret: str, step: int = NOW) -> str:
    return f"{oath.totp(bytes.fromhex(secret), drift=step):06d}"


def set_up(user: User) -> tuple[str, list[str]]:
    """The secret, whose code of the step before is used up, and the recovery codes."""
    secret = services.new_secret()
    code = app_code(secret, EARLIER)
    _, codes = services.set_up(
        user=user, secret=secret, code=code, replacing=None, now=timezone.now()
    )
    return secret, codes


def password(user: User, given: str = PASSWORD, after: str = "") -> tuple[Client, Any]:
    client = Client()
    address = f"{LOGIN}?next={after}" if after else LOGIN
    return client, client.post(address, {"username": user.email, "password": given})


def entered(user: User, code: str) -> Client:
    client, _ = password(user)
    assert client.post(CODE, {"code": code}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/accounts/user/").status_code == 200


def text(answer: Any) -> str:
    return str(answer.content.decode())


def shown_codes(answer: Any) -> list[str]:
    [shown] = re.findall(r'id="recovery-codes"[^>]*>([^<]+)<', text(answer))
    return str(shown).split()


def shown_secret(client: Client) -> str:
    [shown] = re.findall(r'id="secret"[^>]*>([A-Z2-7 ]+)<', text(client.get(DEVICE)))
    begun = client.session["second_factor_setup"]["secret"]
    assert services.spelled(TOTPDevice(key=begun)) == shown
    return str(begun)
