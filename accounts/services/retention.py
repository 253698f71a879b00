"""Deletion of expired tokens and sessions."""

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Exists, OuterRef, Q

from accounts import networks
from accounts.models import LoginSession, RefreshToken
from accounts.queries import browser_lifetime


def purge_tokens(*, now: datetime) -> None:
    """Delete expired refresh tokens and cookies, their login sessions, and networks not seen for
    long.
    """
    RefreshToken.objects.filter(expires_at__lte=now).delete()
    left = RefreshToken.objects.filter(family=OuterRef("pk"))
    of_tokens = Q(by_cookie=False) & ~Exists(left)
    of_cookies = Q(by_cookie=True, created_at__lte=now - browser_lifetime())
    LoginSession.objects.filter(of_tokens | of_cookies, created_at__lte=now).delete()
    SessionStore.clear_expired()
    networks.purge(now=now)
