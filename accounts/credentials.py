"""Resolution of a request's credentials to a user: API key, access token or session cookie."""

from copy import copy
from dataclasses import dataclass, field, replace
from typing import Literal

from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request

from accounts import cookies, customer_view, keys, queries, services
from accounts.customer_view import View
from accounts.errors import NoSecondFactor
from accounts.key_tokens import Claims
from accounts.models import ApiKey, LoginSession, User
from accounts.second_factor import queries as second_factor
from common.http import origins
from common.http.auth import AuthContext, Scope
from common.http.errors import Forbidden, InvalidToken

API_KEY_HEADER = "X-API-Key"


@dataclass(frozen=True)
class SessionContext(AuthContext):
    """The credentials of a person who logged in; a logout ends `login_session`."""

    kind: Literal["session", "jwt", "api_key"] = "jwt"
    login_session: LoginSession | None = field(default=None, repr=False)


def resolve(request: Request) -> tuple[User, AuthContext] | None:
    """Return the user and their permissions, or `None` for a request without credentials.

    A wrong credential is refused (`InvalidToken`, `TokenExpired`), even where the endpoint needs no
    login. A session cookie needs its CSRF token (`Forbidden`).
    """
    offered = request.headers.get(API_KEY_HEADER)
    if offered is not None:
        return _by_key(offered.strip())
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return resolve_bearer(credential.strip())
    if scheme:
        raise InvalidToken("Use the `Bearer` scheme in the Authorization header")
    return _by_cookie(request)


def resolve_bearer(credential: str) -> tuple[User, AuthContext]:
    """Resolve an access token or an API key.

    Raises `InvalidToken` or `TokenExpired`. Staff whose login still lacks a required second factor
    get `NoSecondFactor`; this does not apply to API keys, because they are not logins.
    """
    if keys.is_api_key(credential):
        return _by_key(credential)
    session = queries.session_of(credential, now=timezone.now())
    if second_factor.is_missing(session.user):
        raise NoSecondFactor()
    return session.user, SessionContext(login_session=session)


def resolve_key_token(claims: Claims) -> tuple[User, AuthContext]:
    """Resolve a token that stands for an API key (`accounts.key_tokens`).

    It ends with the key: raises `InvalidToken` when that was revoked, has expired, or its account
    is disabled.
    """
    key = queries.key_named(claims.key_id, now=timezone.now())
    return key.user, replace(_context(key), sub_user=claims.sub_user)


def resolve_session(session_key: str) -> tuple[User, AuthContext]:
    """Resolve the value of the session cookie outside a request, without changing anything.

    Raises `InvalidToken` when the cookie is not that of a live session.
    """
    request = HttpRequest()
    request.session = SessionStore(session_key)
    found = cookies.login_of(request)
    if found is None:
        raise InvalidToken("This login has ended; log in again")
    view = customer_view.of(request.session, operator=found[0], now=timezone.now())
    return (view.customer, _of_view(view)) if view else (found[0], AuthContext(kind="session"))


def visitor(request: HttpRequest) -> User | None:
    """The user whom a page is for, by its session cookie: who has logged in, or the customer at
    whose dashboard an operator looks. None without a complete login, or after such a view.
    """
    found = cookies.login_of(request)
    if found is None:
        return None
    try:
        view = customer_view.of(request.session, operator=found[0], now=timezone.now())
    except customer_view.ViewHasEnded:
        return None
    return view.customer if view else found[0]


def view_of(request: HttpRequest) -> View | None:
    """The operator's view of a customer's dashboard that a page is part of.

    Raises `ViewHasEnded` for one whose time is over.
    """
    if not customer_view.is_open(request.session):
        return None
    found = cookies.login_of(request)
    if found is None:
        return None
    return customer_view.of(request.session, operator=found[0], now=timezone.now())


def _by_key(secret: str) -> tuple[User, AuthContext]:
    now = timezone.now()
    key = queries.key_of(secret, now=now)
    services.note_use(key, now=now)
    return key.user, _context(key)


def _context(key: ApiKey) -> AuthContext:
    # A scope that a later release removed must not keep the key's owner from the other scopes.
    scopes = frozenset(Scope(scope) for scope in key.scopes if scope in Scope.__members__.values())
    operates = second_factor.lets_operate(key)
    return AuthContext(
        kind="api_key", scopes=scopes, key_id=key.public_id, operates=operates, model=key.model
    )


def _by_cookie(request: Request) -> tuple[User, AuthContext] | None:
    found = cookies.login_of(request._request)
    if found is None:
        return None
    _refuse_other_origins(request._request)
    user, session = found
    view = customer_view.of(request._request.session, operator=user, now=timezone.now())
    if view is not None:
        customer_view.refuse_changes(request.method)
        return view.customer, _of_view(view)
    enforce_csrf(request)
    return user, SessionContext(kind="session", login_session=session)


def _of_view(view: View) -> SessionContext:
    return SessionContext(
        kind="session", scopes=customer_view.SCOPES, viewed_by=view.operator.public_id
    )


def _without_form(request: HttpRequest) -> HttpRequest:
    """Authenticate by header only: the view parses the form, which may have gigabytes."""
    headers = copy(request)
    headers._post = QueryDict()  # type: ignore[attr-defined]
    return headers


def _refuse_other_origins(request: HttpRequest) -> None:
    """Refuse a cookie from a page of another origin: it could not read the answer, but the request
    would still count.
    """
    origin = request.headers.get("Origin")
    if origin is not None and not origins.is_ours(origin, host=request.get_host()):
        raise Forbidden(
            "A session cookie works on pages of this service only; send a token or an API key",
            details={"reason": "origin"},
        )


def enforce_csrf(request: Request) -> None:
    """Raise `Forbidden` unless the request is safe, or carries the CSRF token of one of our
    pages.
    """
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    headers = _without_form(request._request)
    check.process_request(headers)
    reason = check.process_view(headers, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise Forbidden(
            "A request by session cookie that changes something needs the page's CSRF token in "
            "`X-CSRFToken`, and an `Origin` of this service",
            details={"reason": "csrf"},
        )
