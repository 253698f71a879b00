"""Tokens of `POST /auth/token`, and the callers that they authenticate."""

import hashlib
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request

from accounts import key_tokens
from accounts.credentials import resolve_key_token
from accounts.key_tokens import Claims
from common.http.auth import AuthContext
from common.http.errors import InvalidToken, Unauthorized
from integrations.compat.anonymous import (
    SharedKeyOrLocal,
    is_anonymous,
    is_shared_key,
    is_welcome,
    shared_account,
)
from integrations.compat.authentication import offered

# In place of a key's identifier: the shared account, from this machine or by a shared key.
_LOCAL, _SHARED = "local", "shared:"


class TokenOrKey(SharedKeyOrLocal):
    """Authentication as of SharedKeyOrLocal, or by a token that was made for one of these."""

    def resolve(self, request: Request, credential: str) -> tuple[Any, AuthContext]:
        if not key_tokens.is_key_token(credential):
            return super().resolve(request, credential)
        claims = key_tokens.read(credential, key=settings.JWT_SIGNING_KEY, now=timezone.now())
        if claims.key_id == _LOCAL or claims.key_id.startswith(_SHARED):
            return _shared(request, claims)
        return resolve_key_token(claims)


def mint(request: Request, *, sub_user: str) -> str:
    """A token for whoever sends this request with a key, or without one from this machine.

    Raises Unauthorized (401) for other credentials, such as a login.
    """
    context = request.auth
    if not isinstance(context, AuthContext) or context.kind != "api_key":
        raise Unauthorized("Send an API key")
    claims = Claims(_key_id(request, context), sub_user)
    return key_tokens.mint(
        claims=claims,
        key=settings.JWT_SIGNING_KEY,
        lifetime=settings.KEY_TOKEN_LIFETIME,
        now=timezone.now(),
    )


def _key_id(request: Request, context: AuthContext) -> str:
    if not is_anonymous(request):
        return context.key_id or ""
    key = offered(request)
    return f"{_SHARED}{_digest(key)}" if is_shared_key(key) else _LOCAL


def _shared(request: Request, claims: Claims) -> tuple[Any, AuthContext]:
    """The shared account, as long as whoever the token was made for would still be served."""
    valid = [f"{_SHARED}{_digest(key)}" for key in settings.COMPAT_KEYS]
    if is_welcome(request):
        valid.append(_LOCAL)
    if claims.key_id not in valid:
        raise InvalidToken()
    return shared_account(sub_user=claims.sub_user)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
