"""A first account and a first administrator, so that a fresh installation can be tried at once."""

import secrets
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from django.db import transaction

from accounts.models import User
from accounts.queries import key_of, live_keys
from accounts.services.api_keys import issue_api_key
from billing import ledger
from common.http.auth import ALL_SCOPES
from common.http.errors import InvalidToken

EMAIL = "demo@lumiku.local"
ADMIN_EMAIL = "admin@lumiku.local"
CREDITS = 1000


@dataclass(frozen=True)
class Demo:
    """Credentials of the demo account and administrator. A secret that is not known is empty."""

    email: str = EMAIL
    password: str = ""
    api_key: str = ""
    admin_email: str = ADMIN_EMAIL
    admin_password: str = ""

    @classmethod
    def of(cls, known: dict[str, Any]) -> Self:
        """Read the secrets from what `as_json` wrote, ignoring other keys."""
        names = {field.name: _camel(field.name) for field in fields(cls)}
        secrets_only = {n: j for n, j in names.items() if not n.endswith("email")}
        return cls(**{name: str(known.get(json, "")) for name, json in secrets_only.items()})

    def as_json(self) -> dict[str, str]:
        return {_camel(field.name): getattr(self, field.name) for field in fields(self)}


@transaction.atomic
def make_demo(*, known: Demo, now: datetime) -> Demo:
    """Create what is missing, and replace only secrets that `known` lacks or has wrong."""
    user, password = _person(EMAIL, known.password, staff=False, now=now)
    _, admin_password = _person(ADMIN_EMAIL, known.admin_password, staff=True, now=now)
    ledger.grant(
        user_id=user.pk, credits=CREDITS, key=f"demo:{user.public_id}", reason="Demo credits"
    )
    return Demo(
        password=password,
        api_key=_api_key(user, known.api_key, now=now),
        admin_password=admin_password,
    )


def _person(email: str, password: str, *, staff: bool, now: datetime) -> tuple[User, str]:
    user = User.objects.filter(email=email).first() or User(email=email)
    user.is_active, user.is_staff, user.is_superuser = True, staff, staff
    user.email_verified_at = user.email_verified_at or now
    known = bool(password and user.pk and user.check_password(password))
    if not known:
        password = password or secrets.token_urlsafe(12)
        user.set_password(password)
    user.save()
    if not known:
        # An earlier owner of this address must not keep access to it; the sessions have ended
        # already.
        live_keys(user, now=now).update(revoked_at=now)
    return user, password


def _api_key(user: User, secret: str, *, now: datetime) -> str:
    try:
        if key_of(secret, now=now).user == user:
            return secret
    except InvalidToken:
        pass
    live_keys(user, now=now).update(revoked_at=now)
    _, fresh = issue_api_key(user=user, name="Demo", scopes=ALL_SCOPES, now=now)
    return fresh


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
