"""Users and their credentials for tests."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from django.utils import timezone

from accounts import services
from accounts.models import User
from common.http.auth import ALL_SCOPES, Scope

PASSWORD = "a long enough pass phrase 42"


_numbers = count()


def UserFactory(**fields: Any) -> User:  # noqa: N802 - reads like the factories of other apps
    """A user, as in `UserFactory()`, `UserFactory(is_staff=True)`, `UserFactory(email=…,
    password=…)`.
    """
    fields = {"email": f"person{next(_numbers)}@example.com", "password": PASSWORD, **fields}
    return User.objects.create_user(**fields)


def api_key_for(
    user: User, scopes: Iterable[Scope] = ALL_SCOPES, name: str = "test", model: str = ""
) -> str:
    """The secret of a new API key, for the `X-API-Key` header; it may pin a model."""
    _, secret = services.issue_api_key(
        user=user, name=name, scopes=scopes, model=model, now=timezone.now()
    )
    return secret


def bearer(user: User) -> str:
    """The value of an `Authorization` header: `Bearer <access token>`."""
    return f"Bearer {services.open_session(user=user, now=timezone.now()).access}"
