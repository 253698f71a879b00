"""Authentication of a socket, and its repeated check."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import parse_cookie

from accounts.credentials import resolve_bearer, resolve_session
from batches import queries
from common import leased_semaphore
from common.http import origins
from common.http.auth import Scope
from common.http.errors import Forbidden, InvalidToken, RateLimited

SUBPROTOCOL = "lumiku.bearer"
# The renewals that a slot may miss before it counts as free, because its process has died.
_LEASES = 4
_LONGEST = 4096


@dataclass(frozen=True)
class Credential:
    """A token or API key, or the key of a login session."""

    value: str
    is_session: bool = False

    def __repr__(self) -> str:
        return "Credential(…)"


@dataclass(frozen=True)
class SocketUser:
    user_id: int
    public_id: str
    # An operator who looks at the dashboard of this user, and whose sockets these are.
    viewed_by: str = ""


@dataclass(frozen=True)
class Handshake:
    """The credential in the client's first request, and the subprotocol to accept."""

    credential: Credential | None
    subprotocol: str | None


def handshake(scope: Any) -> Handshake:
    """Read the credential in an ASGI scope: subprotocol, header, or our own page's cookie."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    offered = scope.get("subprotocols", [])
    if SUBPROTOCOL in offered:
        token = next((one for one in offered if one != SUBPROTOCOL), "")
        return Handshake(Credential(token), SUBPROTOCOL)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    token = headers.get("x-api-key") or (token if scheme.lower() == "bearer" else "")
    if token:
        return Handshake(Credential(token.strip()), None)
    return Handshake(_cookie(headers), None)


def _cookie(headers: dict[str, str]) -> Credential | None:
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    ours = origins.is_ours(headers.get("origin", ""), host=headers.get("host", ""))
    return Credential(session_key, is_session=True) if session_key and ours else None


def authenticate(credential: Credential) -> SocketUser:
    """The user of a credential.

    Raises `InvalidToken`, `TokenExpired`, or `Forbidden` for a key that may not read.
    """
    if not (
        credential.value.isascii()
        and credential.value.isprintable()
        and len(credential.value) <= _LONGEST
    ):
        raise InvalidToken()
    user, auth = (resolve_session if credential.is_session else resolve_bearer)(credential.value)
    if Scope.REMOVAL_READ not in auth.scopes:
        raise Forbidden(
            f"This API key lacks the scope {Scope.REMOVAL_READ}",
            details={"requiredScope": Scope.REMOVAL_READ, "scopes": sorted(auth.scopes)},
        )
    return SocketUser(user_id=user.pk, public_id=user.public_id, viewed_by=auth.viewed_by)


def reserve(user: SocketUser, *, socket_id: str) -> None:
    """Take or renew one of the user's slots for this socket; raises `RateLimited` without one."""
    most = settings.SOCKETS_PER_USER
    lease_s = int(_LEASES * settings.SOCKET_RECHECK_S) + 1
    if not leased_semaphore.take(_semaphore(user), holder=socket_id, most=most, lease_s=lease_s):
        raise RateLimited(f"At most {most} sockets at a time", details={"limit": most})


def release(user: SocketUser, *, socket_id: str) -> None:
    leased_semaphore.free(_semaphore(user), holder=socket_id)


def batch_of(user: SocketUser, *, batch_id: str) -> int:
    """The primary key of one of the user's batches; raises `NotFound`."""
    return queries.owned_batch(user_id=user.user_id, batch_id=batch_id).pk


def _semaphore(user: SocketUser) -> str:
    return f"socket:{user.viewed_by or user.public_id}"
