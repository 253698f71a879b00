"""Authentication of drop-in surfaces, whose clients send their key in different headers."""

from typing import Any

from rest_framework.request import Request

from accounts.authentication import Authentication
from accounts.credentials import resolve_bearer
from common.http.auth import AuthContext
from common.http.errors import InvalidToken

_HEADERS = ("X-API-Key", "Api-Key")


def offered(request: Request) -> str:
    """The credential in one of the headers; empty without one."""
    for name in _HEADERS:
        if key := request.headers.get(name, "").strip():
            return key
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


class KeyAuthentication(Authentication):
    """Accepts `X-API-Key`, `Api-Key` and `Authorization: Bearer`, and never a cookie.

    Raises `InvalidToken` and `TokenExpired`.
    """

    def authenticate(self, request: Request) -> tuple[Any, AuthContext] | None:
        if credential := offered(request):
            return self.resolve(request, credential)
        if request.headers.get("Authorization", ""):
            raise InvalidToken("Send the API key in the X-Api-Key header")
        return None

    def resolve(self, request: Request, credential: str) -> tuple[Any, AuthContext]:
        """The caller that a credential stands for. Raises as `authenticate`."""
        return resolve_bearer(credential)
