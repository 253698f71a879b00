"""The session cookie of a browser, and the login session that it names."""

from typing import Any

import django_otp
from django.contrib.auth import get_user, login, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from accounts import queries
from accounts.models import LoginSession, User
from accounts.second_factor import queries as second_factor
from accounts.services import sessions

_KEY = "login_session"


def begin(request: HttpRequest, session: LoginSession) -> None:
    """Set the cookie of a login that has given every factor which the account has now."""
    # The data and key of the session before are dropped: somebody else may know that key.
    end(request)
    login(request, session.user)
    device = second_factor.device_of(session.user)
    if device is not None:
        django_otp.login(request, device)
    request.session[_KEY] = session.public_id


def end(request: HttpRequest) -> None:
    """End the login that the cookie names, if there is one, and the cookie."""
    found = login_of(request)
    if found and found[1]:
        sessions.end_session(found[1], now=timezone.now())
    logout(request)


def login_of(request: HttpRequest) -> tuple[User, LoginSession | None] | None:
    """The user of a live session cookie and its login session, which logins on the operators'
    pages do not have.
    """
    user = get_user(request)
    if not (isinstance(user, User) and user.is_active):
        return None
    if not second_factor.was_given(user, request.session):
        return None
    return _with_session(user, request.session)


def _with_session(user: User, cookie: SessionBase) -> tuple[User, LoginSession | None] | None:
    named: Any = cookie.get(_KEY)
    if named is None:
        return user, None
    session = queries.cookie_session(user=user, session_id=named)
    if session is None:
        return None
    sessions.note_seen(session, now=timezone.now())
    return user, session
