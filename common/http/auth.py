"""Scopes and the authentication context of a request, shared by all apps."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from rest_framework.request import Request


class Scope(StrEnum):
    REMOVAL_READ = "removal:read"
    REMOVAL_WRITE = "removal:write"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    ACCOUNT_WRITE = "account:write"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True)
class AuthContext:
    """The value of DRF's `request.auth`; a person's own session or token has every scope."""

    kind: Literal["session", "jwt", "api_key"]
    scopes: frozenset[Scope] = field(default=ALL_SCOPES)
    key_id: str | None = None
    # The model that a key's pictures are computed by, where the request names none.
    model: str = ""
    # Whether many callers share the account, who are then limited by their address.
    shared: bool = False
    # Whether it came with a test key, whose requests cost nothing and whose results are marked.
    sandbox: bool = False
    # The name that the owner of a key gave to a user of their own.
    sub_user: str = ""
    # The operator who looks at the account, read only, or empty.
    viewed_by: str = ""
    # False for a key that lacks the second factor that an operator's account demands.
    operates: bool = True


def pinned_model(request: Request) -> str:
    """The model that the request's API key pins, or empty."""
    context = request.auth
    return context.model if isinstance(context, AuthContext) else ""


def api_key_of(request: Request) -> str:
    """The public identifier of the request's API key, or empty; its spending cap applies."""
    context = request.auth
    return (context.key_id or "") if isinstance(context, AuthContext) else ""
