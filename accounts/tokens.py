"""Access tokens: JSON Web Tokens signed with HS256; no other algorithm is accepted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from common.http.errors import InvalidToken, TokenExpired
from common.ids import new_id

ALGORITHM = "HS256"
_REQUIRED = ["userId", "email", "role", "iat", "exp", "jti", "sid"]


@dataclass(frozen=True)
class Claims:
    """The claims that the service uses. Role and state of the user are read from the database
    instead.
    """

    user_id: str
    session_id: str


def mint(
    *,
    user_id: str,
    email: str,
    role: str,
    session_id: str,
    key: str,
    lifetime_s: int,
    now: datetime,
) -> str:
    """A signed access token for one login session, valid for `lifetime_s` seconds from `now`."""
    claims = {
        "userId": user_id,
        "email": email,
        "role": role,
        "iat": now,
        "exp": now + timedelta(seconds=lifetime_s),
        "jti": new_id("jwt"),
        "sid": session_id,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def read(token: str, *, key: str, now: datetime) -> Claims:
    """Verify signature, algorithm, shape and expiry.

    Raises `TokenExpired` for a genuine token that has expired, `InvalidToken` for all else.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
        )
        user_id, session_id, expires = claims["userId"], claims["sid"], int(claims["exp"])
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, RecursionError) as exc:
        raise InvalidToken() from exc
    if expires <= now.timestamp():
        raise TokenExpired()
    if not isinstance(user_id, str) or not isinstance(session_id, str):
        raise InvalidToken()
    return Claims(user_id=user_id, session_id=session_id)
