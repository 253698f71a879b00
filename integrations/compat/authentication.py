"""Who calls a drop-in surface: clients of other services send their key in different headers."""

from typing import Any

from rest_framework.request import Request

from accounts.authentication import Authentication
from accounts.credentials import resolve_bearer
from common.http.auth import AuthContext
from common.http.errors import InvalidToken

_HEADERS = ("X-API-Key", "Api-Key")


class KeyAuthentication(Authentication):
    """Accepts `X-API-Key`, `Api-Key` and `Authorization: Bearer`, and never a cookie.

    Raises `InvalidToken` and `TokenExpired`.
    """

    def authenticate(self, request: Request) -> tuple[Any, AuthContext] | None:
        for name in _HEADERS:
            if key := request.headers.get(name, "").strip():
                return self.resolve(request, key)
        scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not credential.strip():
            raise InvalidToken("Send the API key in the X-Api-Key header")
        return self.resolve(request, credential.strip())

    def resolve(self, request: Request, credential: str) -> tuple[Any, AuthContext]:
        """The caller that a credential stands for. Raises as `authenticate`."""
        return resolve_bearer(credential)
