"""Callers without a key on the same machine, where `COMPAT_ANONYMOUS` allows them.

They share one account without a balance: tier basic, free of charge, within the usual rate.
"""

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from rest_framework.request import Request

from accounts.services.local import local_account
from common.http.auth import AuthContext, Scope
from integrations.compat.authentication import KeyAuthentication

_KIND = "local"
# Any of them tells that somebody else's request was passed on.
_FORWARDING = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


class KeyOrLocal(KeyAuthentication):
    """A key, or else a connection from this very machine where that is allowed."""

    def authenticate(self, request: Request) -> tuple[Any, AuthContext] | None:
        known = super().authenticate(request)
        if known is not None or not settings.COMPAT_ANONYMOUS or not _is_local(request):
            return known
        scopes = frozenset({Scope.REMOVAL_WRITE})
        return local_account(), AuthContext(kind="api_key", scopes=scopes, key_id=_KIND)


def is_anonymous(request: Request) -> bool:
    return isinstance(request.auth, AuthContext) and request.auth.key_id == _KIND


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in _FORWARDING):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False
