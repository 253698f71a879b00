"""The authentication class of every endpoint."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.credentials import resolve
from accounts.errors import NoSecondFactor
from accounts.models import User
from common.http.auth import AuthContext
from common.http.errors import Forbidden, InvalidToken, TokenExpired


class Authentication(BaseAuthentication):
    """Authentication by `Authorization: Bearer <access token or API key>`, `X-API-Key` or session
    cookie.

    It raises `InvalidToken`, `TokenExpired` and, for a cookie without its CSRF token, `Forbidden`.
    """

    refusals = (InvalidToken, TokenExpired, Forbidden, NoSecondFactor)

    def authenticate(self, request: Request) -> tuple[User, AuthContext] | None:
        return resolve(request)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
