"""Who is asking, as every app may know it; how they proved it is the accounts app's business."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Scope(StrEnum):
    REMOVAL_READ = "removal:read"
    REMOVAL_WRITE = "removal:write"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    ACCOUNT_WRITE = "account:write"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True)
class AuthContext:
    """What DRF keeps as `request.auth`; a person's own session or token has every scope."""

    kind: Literal["session", "jwt", "api_key"]
    scopes: frozenset[Scope] = field(default=ALL_SCOPES)
    key_id: str | None = None
    # False for a key that lacks the second factor that an operator's account demands.
    operates: bool = True
