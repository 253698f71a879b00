"""Logging in with a password."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import guard, networks
from accounts.addresses import normalise
from accounts.errors import WrongCredentials
from accounts.models import LoginSession, User
from accounts.second_factor import services as second_factor
from accounts.second_factor.queries import device_of
from accounts.services.sessions import Tokens, open_by_cookie, open_session
from common.http.errors import Unauthorized

Session = TypeVar("Session", Tokens, LoginSession)


def log_in(
    *, email: str, password: str, origin: guard.Origin, now: datetime, code: str = ""
) -> Tokens:
    """Open a login session of a program; raises the errors of `_log_in`."""
    return _log_in(open_session, email, password, code, origin=origin, now=now)


def log_in_by_cookie(
    *, email: str, password: str, origin: guard.Origin, now: datetime, code: str = ""
) -> LoginSession:
    """Open a login session of a browser; raises the errors of `_log_in`."""
    return _log_in(open_by_cookie, email, password, code, origin=origin, now=now)


def _log_in(
    opened: Callable[..., Session],
    email: str,
    password: str,
    code: str,
    *,
    origin: guard.Origin,
    now: datetime,
) -> Session:
    """Check the password, and the second factor where there is one, and open a session.

    Raises `WrongCredentials`, `Unauthorized` for a disabled account that gave the right password,
    and `RateLimited` after too many failures, whether the address has an account or not. After the
    right password it also raises the errors of `second_factor.services.require`.
    """
    address = normalise(email)
    with guard.against_guessing(address, origin):
        user = _verified(address, password)
    device = second_factor.require(user=user, code=code, origin=origin)
    if not user.is_active:
        raise Unauthorized("This account has been disabled")
    with transaction.atomic():
        # A password that was changed during this request has ended every session, so none may open.
        same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
        if not same.update(last_login=now) or device_of(user) != device:
            raise WrongCredentials()
        networks.remember(user, origin.network, now=now)
        return opened(user=user, now=now, agent=origin.agent)


def _verified(address: str, password: str) -> User:
    user = User.objects.filter(email=address).first()
    if user is None:
        # Hashing takes as long as for an existing account, so that timing does not reveal which
        # exist.
        make_password(password)
        raise WrongCredentials()
    if not user.check_password(password):
        raise WrongCredentials()
    return user
