"""Callers without an account of their own, on surfaces whose services know none.

They share one account without a balance: tier basic, free of charge, limited by their address. They
are callers without a key on the same machine where `COMPAT_ANONYMOUS` allows them, and whoever
sends a key of the installation (`API_KEY`, `API_SECRET_KEY`).
"""

import hmac
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from rest_framework.request import Request

from accounts.services.local import local_account
from billing.pricing import Tier
from common.http.auth import AuthContext, Scope
from integrations.compat.authentication import KeyAuthentication

_SCOPES = frozenset({Scope.REMOVAL_READ, Scope.REMOVAL_WRITE})
# Any of them shows that a proxy passed the request on.
_FORWARDING = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


class KeyOrLocal(KeyAuthentication):
    """A key, or else a connection from this very machine where that is allowed."""

    def authenticate(self, request: Request) -> tuple[Any, AuthContext] | None:
        known = super().authenticate(request)
        if known is None and is_welcome(request):
            return shared_account()
        return known


class SharedKeyOrLocal(KeyOrLocal):
    """Authentication as of KeyOrLocal, or by a key of the installation."""

    def resolve(self, request: Request, credential: str) -> tuple[Any, AuthContext]:
        if is_shared_key(credential):
            return shared_account()
        return super().resolve(request, credential)


def shared_account(*, sub_user: str = "") -> tuple[Any, AuthContext]:
    """The account that these callers share, and what they may do."""
    context = AuthContext(kind="api_key", scopes=_SCOPES, shared=True, sub_user=sub_user)
    return local_account(), context


def is_anonymous(request: Request) -> bool:
    """Whether the caller uses the shared account, and so pays nothing."""
    return isinstance(request.auth, AuthContext) and request.auth.shared


def tier_of(request: Request) -> str:
    """The tier of a removal that asks for no preview."""
    tier: str = Tier.BASIC if is_anonymous(request) else settings.COMPAT_TIER
    return tier


def is_shared_key(credential: str) -> bool:
    """Whether this is a key of the installation."""
    offered = credential.encode()
    return any(hmac.compare_digest(offered, key.encode()) for key in settings.COMPAT_KEYS)


def is_welcome(request: Request) -> bool:
    """Whether a caller without a key is served: from this machine, where that is allowed."""
    return settings.COMPAT_ANONYMOUS and _is_local(request)


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in _FORWARDING):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False
