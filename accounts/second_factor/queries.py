"""Reads: whether a user has a second factor, and whether a login has given it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Exists, OuterRef
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import ApiKey, User


def device_of(user: User) -> Any:
    """Return the `TOTPDevice` that the account's codes come from, or `None`."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def has_one() -> Exists:
    """Expression to annotate users with whether they have a second factor."""
    return Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True))


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def is_demanded(user: User) -> bool:
    """Return whether the account must have a second factor."""
    return bool(settings.STAFF_2FA_REQUIRED and user.is_staff)


def is_missing(user: User) -> bool:
    """Return whether the account must have a second factor and has none."""
    return is_demanded(user) and device_of(user) is None


def lets_operate(key: ApiKey) -> bool:
    """Return whether a key may act for an operator: where a second factor is required, the key must
    have been made with one.
    """
    if not is_demanded(key.user):
        return True
    return key.second_factor_at is not None and device_of(key.user) is not None


def of_new_key(user: User, *, made_by: str | None, now: datetime) -> datetime | None:
    """Return the `second_factor_at` of a new key; `made_by` is the key that requests it, if any.

    A session of an account with a second factor has proved it; otherwise the session would have
    ended.
    """
    if made_by is not None:
        maker: ApiKey = ApiKey.objects.get(user=user, public_id=made_by)
        return maker.second_factor_at
    return now if device_of(user) is not None else None


def was_given(user: User, session: SessionBase) -> bool:
    """Return whether a browser's login has proved the second factor that the account has now.

    A login that precedes the set-up or replacement of the second factor has not.
    """
    device = device_of(user)
    if device is None:
        return not is_demanded(user)
    return bool(session.get(DEVICE_ID_SESSION_KEY) == device.persistent_id)
