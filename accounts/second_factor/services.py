"""Setting up, verifying, renewing and removing a second factor."""

import secrets
from base64 import b32encode, b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any

import django_otp
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from accounts import guard, mail
from accounts.errors import NoSecondFactor, SecondFactorRequired, WrongCode
from accounts.mail import SecondFactorChange
from accounts.models import User
from accounts.second_factor.queries import device_of, is_demanded
from accounts.services.sessions import end_all_sessions
from common.http.errors import Conflict, Forbidden, NotFound
from common.mail import outbox
from common.operators import audit_log

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_DIGITS = 6


def new_secret() -> str:
    """Return 160 random bits in hexadecimal for `set_up`, which stores them; this function does
    not.
    """
    return str(random_hex(20))


def unsaved(*, user: User, secret: str) -> Any:
    """Return the unsaved `TOTPDevice` that `set_up` would create."""
    return TOTPDevice(user=user, name="Authenticator app", key=secret)


def spelled(device: Any) -> str:
    """Return the secret for typing into an app: base32, in groups of four."""
    return " ".join(_in_fours(b32encode(device.bin_key).decode()))


@transaction.atomic
def set_up(
    *, user: User, secret: str, code: str, replacing: str | None, now: datetime
) -> tuple[Any, list[str]]:
    """Make `secret` the account's second factor; returns the device and its recovery codes.

    `code` shows that an app has the secret, and cannot be used again. `replacing` is the
    persistent id of the device to replace. Every session ends: none gave a code of this device.
    Raises `WrongCode`, and `Conflict` when another device was set up meanwhile.
    """
    _lock(user)
    known = device_of(user)
    if known is not None and known.persistent_id != replacing:
        raise Conflict("A second factor was set up already")
    _forget(user)
    device = unsaved(user=user, secret=secret)
    device.save()
    if not device.verify_token(_plain(code)):
        raise WrongCode()
    end_all_sessions(user, now=now)
    audit_log.record(operator=user, action="second_factor.set_up", target=user)
    _notify(user, SecondFactorChange.SET_UP)
    return device, _new_codes(user)


def prove(*, user: User, code: str, origin: guard.Origin | None = None) -> Any:
    """Check a code of the app, or consume a recovery code; returns the account's `TOTPDevice`.

    `origin` is the source of a login attempt. Without it the caller has a session already, and
    wrong codes are counted separately. Raises `WrongCode`, and `RateLimited` after too many of
    them.
    """
    counted = (
        guard.against_guessing_codes(user, origin)
        if origin
        else guard.confirming("confirm_code", user)
    )
    with counted:
        return _check(user, code)


def require(*, user: User, code: str, origin: guard.Origin | None = None) -> Any:
    """Check the second factor after the password, where the account has or needs one.

    Returns the device that the code came from, or `None` where none is needed. Raises
    `SecondFactorRequired` without a code, `NoSecondFactor`, and the errors of `prove`.
    """
    if device_of(user) is not None:
        if not code:
            raise SecondFactorRequired()
        return prove(user=user, code=code, origin=origin)
    if is_demanded(user):
        raise NoSecondFactor()
    return None


def renew_codes(*, user: User, code: str) -> list[str]:
    """Replace all recovery codes; raises the errors of `prove`."""
    prove(user=user, code=code)
    with transaction.atomic():
        _lock(user)
        audit_log.record(operator=user, action="second_factor.renew_codes", target=user)
        _notify(user, SecondFactorChange.NEW_CODES)
        return _new_codes(user)


def remove(*, user: User, code: str) -> None:
    """Remove the second factor after a correct code; raises the errors of `prove`."""
    prove(user=user, code=code)
    with transaction.atomic():
        _lock(user)
        audit_log.record(operator=user, action="second_factor.remove", target=user)
        _notify(user, SecondFactorChange.REMOVED)
        _forget(user)


@transaction.atomic
def reset(*, user: User, now: datetime, operator: User | None = None) -> None:
    """Remove the second factor without a code, for a user who has lost it; the caller writes the
    log.

    Every session ends, because one may run on the lost device. Raises `NotFound` when there is
    none, and `Forbidden` for an operator's own.
    """
    if user == operator:
        raise Forbidden("Remove your own second factor on its page, with a code")
    _lock(user)
    if not _forget(user):
        raise NotFound("No second factor is set up")
    end_all_sessions(user, now=now)
    _notify(user, SecondFactorChange.RESET)


def _check(user: User, code: str) -> Any:
    device, plain = device_of(user), _plain(code)
    of_app = len(plain) == _DIGITS and plain.isascii() and plain.isdigit()
    asked = device if of_app else StaticDevice.objects.filter(user=user).first()
    if device is None or asked is None:
        raise WrongCode()
    kept = plain if of_app else _digest(plain)
    if django_otp.verify_token(user, asked.persistent_id, kept) is None:
        raise WrongCode()
    return device


def _plain(code: str) -> str:
    """Return the code as it was generated, without the spaces and dashes people add."""
    return "".join(code.split()).replace("-", "").lower()


def _new_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_digest(code)) for code in codes
    )
    return ["-".join(_in_fours(code)) for code in codes]


def _new_code() -> str:
    return b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()


def _digest(code: str) -> str:
    """The digest that is stored of a recovery code, within the 16 characters that django-otp
    allows.

    It needs no salt and no slow hash: the codes are random and too long to guess.
    """
    return b64encode(sha256(code.encode()).digest()[:12]).decode()


def _in_fours(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]


def _forget(user: User) -> bool:
    StaticDevice.objects.filter(user=user).delete()
    removed, _ = TOTPDevice.objects.filter(user=user).delete()
    return bool(removed)


def _notify(user: User, change: SecondFactorChange) -> None:
    kind, context = mail.SECOND_FACTOR_CHANGED, {"change": str(change)}
    outbox.put(kind, user_id=user.pk, context=context, now=timezone.now())


def _lock(user: User) -> None:
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
