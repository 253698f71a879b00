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
    """The `TOTPDevice` that the account's codes come from, or `None`."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def has_one() -> Exists:
    """To annotate users with."""
    return Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True))


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def is_demanded(user: User) -> bool:
    """Whether this account may not be without."""
    return bool(settings.STAFF_2FA_REQUIRED and user.is_staff)


def is_missing(user: User) -> bool:
    """Whether this account is without where it may not be."""
    return is_demanded(user) and device_of(user) is None


def lets_operate(key: ApiKey) -> bool:
    """Whether a key may act for an operator: made with a second factor where one is demanded."""
    if not is_demanded(key.user):
        return True
    return key.second_factor_at is not None and device_of(key.user) is not None


def of_new_key(user: User, *, made_by: str | None, now: datetime) -> datetime | None:
    """What a new key keeps as `second_factor_at`; `made_by` is the key that asks for it, if any.

    A session of an account with a second factor has given it, or it would have ended.
    """
    if made_by is not None:
        maker: ApiKey = ApiKey.objects.get(user=user, public_id=made_by)
        return maker.second_factor_at
    return now if device_of(user) is not None else None


def was_given(user: User, session: SessionBase) -> bool:
    """Whether a browser's login has proven all that the account demands now.

    A login from before the second factor was set up or replaced has not.
    """
    device = device_of(user)
    if device is None:
        return not is_demanded(user)
    return bool(session.get(DEVICE_ID_SESSION_KEY) == device.persistent_id)
