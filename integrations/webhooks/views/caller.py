"""The caller of a request, and which events they may read."""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request

from common.http.auth import ALL_SCOPES, AuthContext
from integrations.webhooks import catalogue

NO_STORE = {"Cache-Control": "no-store"}


def user_id_of(request: Request) -> int:
    user: Any = request.user
    user_id: int = user.pk
    return user_id


def hidden_from(request: Request) -> Sequence[str]:
    """The events that the caller may not read: their key lacks the scope for that kind."""
    auth = request.auth
    scopes = auth.scopes if isinstance(auth, AuthContext) else ALL_SCOPES
    return [name for name in catalogue.EVENTS if catalogue.scope_of(name) not in scopes]
