"""Reads of the accounts app, scoped to what the caller owns or can prove."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncHour

from accounts import keys, tokens
from accounts.addresses import normalise
from accounts.models import ApiKey, LoginSession, RefreshToken, User
from common.http.errors import InvalidToken

Credential = TypeVar("Credential", LoginSession, ApiKey)


def session_of(access_token: str, *, now: datetime) -> LoginSession:
    """The live login session, with its user, that an access token stands for; one query.

    Raises `TokenExpired`, or `InvalidToken` when the token does not verify, the session has been
    ended, or the account is gone or disabled.
    """
    claims = tokens.read(access_token, key=settings.JWT_SIGNING_KEY, now=now)
    session = (
        LoginSession.objects.select_related("user")
        .filter(public_id=claims.session_id, user__public_id=claims.user_id)
        .first()
    )
    if session is None:
        raise InvalidToken()
    if session.revoked_at is not None:
        raise InvalidToken("This session has ended; log in again")
    return _with_active_user(session)


def cookie_session(*, user: User, session_id: str) -> LoginSession | None:
    """The open login session that a browser's cookie names."""
    open_ones = LoginSession.objects.filter(revoked_at__isnull=True, by_cookie=True)
    return open_ones.filter(user=user, public_id=session_id).first()


def live_sessions(user: User, *, now: datetime) -> QuerySet[LoginSession]:
    """The open sessions of one user, newest first, with `last_seen`."""
    valid = RefreshToken.objects.filter(family=OuterRef("pk"), expires_at__gt=now)
    cookies = Q(by_cookie=True, created_at__gt=now - browser_lifetime())
    return (
        LoginSession.objects.filter(cookies | Exists(valid), user=user, revoked_at__isnull=True)
        .annotate(last_seen=Coalesce("seen_at", Max("tokens__created_at"), "created_at"))
        .order_by("-created_at", "-pk")
    )


def browser_lifetime() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def key_of(secret: str, *, now: datetime) -> ApiKey:
    """The live API key, with its user, that a secret stands for.

    Raises `InvalidToken` when it is unknown, revoked or expired, or its account is disabled.
    """
    key: ApiKey | None = (
        ApiKey.objects.select_related("user").filter(digest=keys.digest(secret)).first()
    )
    if key is None:
        raise InvalidToken("This API key is not valid")
    if not key.is_live(now):
        raise InvalidToken("This API key has been revoked or has expired")
    return _with_active_user(key)


def key_named(public_id: str, *, now: datetime) -> ApiKey:
    """The live API key with this public identifier, with its user. Raises as `key_of`."""
    found: ApiKey | None = (
        ApiKey.objects.select_related("user").filter(public_id=public_id).live(now).first()
    )
    if found is None:
        raise InvalidToken("This API key has been revoked or has expired")
    return _with_active_user(found)


def live_keys(user: User, *, now: datetime) -> QuerySet[ApiKey]:
    """The keys of one user that still work, newest first."""
    found: QuerySet[ApiKey] = ApiKey.objects.filter(user=user).live(now)
    return found


def anybody(named: str) -> User | None:
    """Return a user by public identifier or e-mail address; for operators only."""
    by = {"email": normalise(named)} if "@" in named else {"public_id": named}
    return User.objects.filter(**by).first()


def addresses(*, user_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Public identifiers and e-mail addresses by user, for operators."""
    users = User.objects.filter(pk__in=user_ids).values_list("pk", "public_id", "email")
    return {pk: (public_id, email) for pk, public_id, email in users}


def registered_by_hour(*, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """The number of accounts registered in [since, until), by the hour (its beginning, UTC)."""
    made = User.objects.filter(created_at__gte=since, created_at__lt=until)
    hours = made.annotate(hour=TruncHour("created_at")).values("hour")
    yield from hours.annotate(users=Count("pk")).values_list("hour", "users").order_by()


def first_registration() -> datetime | None:
    """The moment at which the first account was registered."""
    return User.objects.order_by("created_at").values_list("created_at", flat=True).first()


def _with_active_user(credential: Credential) -> Credential:
    if not credential.user.is_active:
        raise InvalidToken("This account has been disabled")
    return credential
