"""Tokens that stand for an API key: JSON Web Tokens signed with HS256, and with no other algorithm.

They are for programs of the key's owner, who names a user of their own in each. They can do what
the key can, at the endpoints that accept them, and end with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from common.http.errors import InvalidToken, TokenExpired
from common.ids import new_id

ALGORITHM = "HS256"
AUDIENCE = "background-removal"
_TYPE = "key+jwt"
_REQUIRED = ["sub", "key", "aud", "iat", "exp", "jti"]


@dataclass(frozen=True)
class Claims:
    """The key's public identifier, or what its issuer put in place of it, and the named user."""

    key_id: str
    sub_user: str


def mint(*, claims: Claims, key: str, lifetime: timedelta, now: datetime) -> str:
    """A signed token; `key` signs it."""
    payload = {
        "sub": claims.sub_user,
        "key": claims.key_id,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
        "jti": new_id("jwt"),
    }
    return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"typ": _TYPE})


def is_key_token(text: str) -> bool:
    """Whether the text says that it is such a token; nothing is verified."""
    try:
        return bool(jwt.get_unverified_header(text).get("typ") == _TYPE)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return False


def read(token: str, *, key: str, now: datetime) -> Claims:
    """Verify signature, algorithm, shape and expiry.

    Raises `TokenExpired` for a genuine token that has expired, `InvalidToken` for all else.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
        )
        key_id, sub_user, expires = claims["key"], claims["sub"], int(claims["exp"])
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, RecursionError) as exc:
        raise InvalidToken() from exc
    if expires <= now.timestamp():
        raise TokenExpired()
    if not isinstance(key_id, str) or not isinstance(sub_user, str):
        raise InvalidToken()
    return Claims(key_id=key_id, sub_user=sub_user)
