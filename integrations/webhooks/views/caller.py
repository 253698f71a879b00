"""The caller of a request, and which events they may read."""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request

from common.http.auth import AuthContext, Scope
from integrations.webhooks import catalogue

NO_STORE = {"Cache-Control": "no-store"}


def user_id_of(request: Request) -> int:
    user: Any = request.user
    user_id: int = user.pk
    return user_id


def hidden_from(request: Request) -> Sequence[str]:
    """The events that the caller may not read: those about money, for keys without that scope."""
    auth = request.auth
    may_read = not isinstance(auth, AuthContext) or Scope.BILLING_READ in auth.scopes
    return () if may_read else catalogue.MONEY
