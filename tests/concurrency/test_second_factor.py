"""A code of a second factor is accepted once, however many requests use it at the same time."""

from typing import Any

import pytest
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.second_factor import services
from tests.accounts.factories import UserFactory
from tests.concurrency.test_ledger import at_once, kinds

HANDS = 6

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_other_limits(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirm_code": (99, 900, 99)}


def app_code(secret: str, step: int = 0) -> str:
    return f"{totp(bytes.fromhex(secret), drift=step):06d}"


def set_up(user: User, step: int = 0) -> tuple[str, list[str]]:
    secret = services.new_secret()
    code, now = app_code(secret, step), timezone.now()
    _, codes = services.set_up(user=user, secret=secret, code=code, replacing=None, now=now)
    return secret, codes


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_one_of_many_gets_in(kind: str) -> None:
    user = UserFactory(is_staff=True)
    secret, codes = set_up(user)
    code = codes[0] if kind == "recovery" else app_code(secret, 1)
    outcomes = at_once(HANDS, lambda _: services.prove(user=user, code=code))
    assert kinds(outcomes) == {"TOTPDevice": 1, "WrongCode": HANDS - 1}


def test_one_device_is_set_up() -> None:
    user = UserFactory(is_staff=True)
    outcomes = at_once(HANDS, lambda _: set_up(user))
    assert kinds(outcomes) == {"tuple": 1, "Conflict": HANDS - 1}
    assert TOTPDevice.objects.count() == 1
