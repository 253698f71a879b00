"""Random secrets (API keys, refresh tokens) and the digests that are stored of them.

A digest needs no salt and no slow hash: the secrets are random and too long to guess.
"""

import hashlib
import secrets
from dataclasses import dataclass

API_KEY_PREFIX = "lmk_live_"
REFRESH_PREFIX = "lmr_"
RANDOM_BYTES = 32
_SHOWN = 6


@dataclass(frozen=True)
class Secret:
    """A new secret. `text` is shown once and never stored; `prefix` lets a person recognise it
    later.
    """

    text: str
    prefix: str
    digest: str


def digest(text: str) -> str:
    """The SHA-256 digest in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_api_key() -> Secret:
    """An API key with 256 random bits."""
    return _new(API_KEY_PREFIX)


def new_refresh_token() -> Secret:
    """A refresh token with 256 random bits."""
    return _new(REFRESH_PREFIX)


def is_api_key(text: str) -> bool:
    """Return whether the text has the form of an API key; the database is not asked."""
    return text.startswith(API_KEY_PREFIX)


def _new(kind: str) -> Secret:
    text = kind + secrets.token_urlsafe(RANDOM_BYTES)
    return Secret(text=text, prefix=text[: len(kind) + _SHOWN], digest=digest(text))
