"""Typed access to the caller, for views whose permission class lets only users in."""

from rest_framework.request import Request

from accounts.models import User
from common.http.auth import AuthContext, Scope
from common.http.errors import Unauthorized


def user_of(request: Request) -> User:
    """Return the user who calls; raises `Unauthorized` for an anonymous caller."""
    if not isinstance(request.user, User):
        raise Unauthorized()
    return request.user


def key_of(request: Request) -> str | None:
    """Return the public identifier of the API key that was sent, if one was."""
    return request.auth.key_id if isinstance(request.auth, AuthContext) else None


def scopes_of(request: Request) -> frozenset[Scope]:
    return request.auth.scopes if isinstance(request.auth, AuthContext) else frozenset()
