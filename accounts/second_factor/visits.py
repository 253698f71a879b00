"""State of a browser's session between password and second factor."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import django_otp
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import guard, networks
from accounts.models import User
from accounts.second_factor import queries, services

_WAITING, _SETUP = "second_factor_waiting", "second_factor_setup"
_COMPLETE = "_second_factor_was_given"
LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class SetUp:
    """A secret that is shown and not yet confirmed, and the device that it replaces."""

    secret: str
    replacing: str | None


def wait(request: HttpRequest, user: User, *, after: str, now: datetime) -> None:
    """Store that the password was right, without logging in; `after` is the page to open
    afterwards.
    """
    logout(request)
    request.session[_WAITING] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "until": (now + LIFETIME).timestamp(),
        "after": after,
    }


def waiting(request: HttpRequest, *, now: datetime) -> User | None:
    """Return the staff user who gave a password in this browser, if the password is still valid."""
    found: dict[str, Any] | None = request.session.get(_WAITING)
    if found is None or found["until"] <= now.timestamp():
        return None
    user = User.objects.filter(pk=found["user"], is_active=True, is_staff=True).first()
    if user and constant_time_compare(found["password"], user.get_session_auth_hash()):
        return user
    return None


def enter(request: HttpRequest, user: User, device: Any) -> str:
    """Log in after both factors; returns the page to open next, if any."""
    found: dict[str, Any] = request.session.pop(_WAITING, {})
    if request.user != user:
        login(request, user)
    else:
        # A set-up has ended every session of the account; this one is renewed.
        update_session_auth_hash(request, user)
    django_otp.login(request, device)
    networks.remember(user, guard.origin_of(request).network, now=timezone.now())
    setattr(request, _COMPLETE, True)
    return str(found.get("after", ""))


def is_complete(request: HttpRequest) -> bool:
    """Return whether the logged-in user has proved every factor that the account requires.

    The answer is cached for the request.
    """
    if not hasattr(request, _COMPLETE):
        given = queries.was_given(cast(User, request.user), request.session)
        setattr(request, _COMPLETE, given)
    return bool(getattr(request, _COMPLETE))


def begin_set_up(request: HttpRequest, *, now: datetime, replacing: str | None = None) -> SetUp:
    begun = SetUp(services.new_secret(), replacing)
    request.session[_SETUP] = {**asdict(begun), "until": (now + LIFETIME).timestamp()}
    return begun


def set_up_begun(request: HttpRequest, *, now: datetime) -> SetUp | None:
    """Return the pending set-up, which lasts for minutes: it was authorised by a code that must not
    stay valid.
    """
    found: dict[str, Any] | None = request.session.get(_SETUP)
    if found is None or found["until"] <= now.timestamp():
        return None
    return SetUp(found["secret"], found["replacing"])


def end_set_up(request: HttpRequest) -> None:
    request.session.pop(_SETUP, None)
