"""Login sessions: open, rotate, end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts import keys, tokens
from accounts.models import LoginSession, RefreshToken, User
from accounts.queries import live_sessions
from common.http.errors import InvalidToken, NotFound, TokenExpired, Unauthorized

SEEN_RESOLUTION = timedelta(minutes=5)


@dataclass(frozen=True)
class Tokens:
    """The tokens of a login; `expires_in` is the access token's lifetime in seconds."""

    access: str
    refresh: str
    expires_in: int
    user: User


@transaction.atomic
def open_session(*, user: User, now: datetime, agent: str = "") -> Tokens:
    """Start a login session with its first pair of tokens."""
    session = LoginSession.objects.create(user=user, created_at=now, agent=agent)
    return _next_tokens(session, now=now)


def open_by_cookie(*, user: User, now: datetime, agent: str = "") -> LoginSession:
    """Start the login session of a browser; its cookie is the caller's to set."""
    return LoginSession.objects.create(
        user=user, created_at=now, seen_at=now, agent=agent, by_cookie=True
    )


def rotate(*, refresh_token: str, now: datetime) -> Tokens:
    """Exchange a refresh token for the next pair; each can be exchanged once.

    Reuse ends the whole session, because a thief, the victim and the loser of a race cannot be told
    apart. There is no grace period, which a thief could use. Raises `TokenExpired` or
    `InvalidToken`.
    """
    outcome = _try_rotate(keys.digest(refresh_token), now=now)
    if isinstance(outcome, Tokens):
        return outcome
    raise outcome


def exchange(*, refresh_token: str, now: datetime, agent: str = "") -> LoginSession:
    """Exchange a refresh token for the login session of a browser; the token's own session ends.

    Raises the errors of `rotate`, with which it shares the rule that a token works once.
    """
    outcome = _try_exchange(keys.digest(refresh_token), now=now, agent=agent)
    if isinstance(outcome, LoginSession):
        return outcome
    raise outcome


@transaction.atomic
def log_out(
    *,
    user: User | None,
    session: LoginSession | None,
    refresh_token: str | None,
    everywhere: bool,
    now: datetime,
) -> None:
    """End the caller's session, that of a refresh token, and, on request, every other one.

    Raises `Unauthorized` when the request identifies no session, and `InvalidToken` for an unknown
    refresh token.
    """
    if user is None and (everywhere or not refresh_token):
        raise Unauthorized("Send the access token, or the refresh token in the body, to log out")
    if refresh_token:
        _end_session_of(refresh_token, now=now)
    if session is not None:
        end_session(session, now=now)
    if user is not None and everywhere:
        end_all_sessions(user, now=now)


def end_session(session: LoginSession, *, now: datetime) -> None:
    """End one login session: its refresh tokens and access tokens stop working at once."""
    LoginSession.objects.filter(pk=session.pk, revoked_at__isnull=True).update(revoked_at=now)


@transaction.atomic
def end_all_sessions(user: User, *, now: datetime) -> None:
    """End every session of a user: logins through the API and cookies of the operators' pages.

    API keys go on working. `user` is refreshed, so that a cookie that is renewed from it afterwards
    is valid.
    """
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    user.refresh_from_db(fields=["session_generation"])
    LoginSession.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now)


def end_one(*, user: User, session_id: str, now: datetime) -> None:
    """End one of the user's own sessions; raises `NotFound` unless it is open."""
    found = live_sessions(user, now=now).filter(public_id=session_id)
    if not LoginSession.objects.filter(pk__in=found.values("pk")).update(revoked_at=now):
        raise NotFound("You have no such session")


def note_seen(session: LoginSession, *, now: datetime) -> None:
    """Store the time of a browser's last request, with at most one write in some minutes."""
    stale = now - SEEN_RESOLUTION
    if session.seen_at is None or session.seen_at <= stale:
        due = Q(seen_at__isnull=True) | Q(seen_at__lte=stale)
        LoginSession.objects.filter(due, pk=session.pk).update(seen_at=now)


def _end_session_of(refresh_token: str, *, now: datetime) -> None:
    token = _find(keys.digest(refresh_token))
    if token is None:
        raise InvalidToken("The refresh token is not valid")
    end_session(token.family, now=now)


@transaction.atomic
def _try_rotate(digest: str, *, now: datetime) -> Tokens | InvalidToken | TokenExpired:
    session = _used(digest, now=now)
    return _next_tokens(session, now=now) if isinstance(session, LoginSession) else session


@transaction.atomic
def _try_exchange(
    digest: str, *, now: datetime, agent: str
) -> LoginSession | InvalidToken | TokenExpired:
    session = _used(digest, now=now)
    if not isinstance(session, LoginSession):
        return session
    end_session(session, now=now)
    return open_by_cookie(user=session.user, now=now, agent=agent)


def _used(digest: str, *, now: datetime) -> LoginSession | InvalidToken | TokenExpired:
    """The session of a refresh token, which is used up by this call."""
    token = _find(digest)
    if token is None:
        return InvalidToken("The refresh token is not valid")
    session = token.family
    if session.revoked_at is not None or not session.user.is_active:
        return InvalidToken("This session has ended; log in again")
    if token.expires_at <= now:
        return TokenExpired("The refresh token has expired; log in again")
    # The query uses only the row's own columns: a joined condition would read a stale snapshot.
    if RefreshToken.objects.filter(pk=token.pk, used_at__isnull=True).update(used_at=now):
        return session
    end_session(session, now=now)
    return InvalidToken("This refresh token has been used before, so the session was ended")


def _find(digest: str) -> RefreshToken | None:
    return RefreshToken.objects.select_related("family__user").filter(digest=digest).first()


def _next_tokens(session: LoginSession, *, now: datetime) -> Tokens:
    secret = keys.new_refresh_token()
    RefreshToken.objects.create(
        family=session,
        digest=secret.digest,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.JWT_REFRESH_S),
    )
    user = session.user
    access = tokens.mint(
        user_id=user.public_id,
        email=user.email,
        role=user.role,
        session_id=session.public_id,
        key=settings.JWT_SIGNING_KEY,
        lifetime_s=settings.JWT_ACCESS_S,
        now=now,
    )
    return Tokens(access=access, refresh=secret.text, expires_in=settings.JWT_ACCESS_S, user=user)
