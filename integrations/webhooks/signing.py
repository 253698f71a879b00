"""Signatures by the Standard Webhooks scheme, version 1; a pure module.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
RANDOM_BYTES = 32


def new_secret() -> str:
    """A new secret: `whsec_` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def headers(
    *, event_id: str, timestamp: int, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """The three headers of a delivery, with one signature for each secret; time in Unix seconds.

    Raises ValueError for a secret that `key_of` refuses.
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(signed, one)}" for one in secrets),
    }


def key_of(secret: str) -> bytes:
    """The bytes of a secret, with or without its prefix. Raises ValueError for an empty one, with
    which anybody could sign, and for one that is not base64.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    if not key:
        raise ValueError("The secret is empty")
    return key


def is_usable(secret: str) -> bool:
    """True if deliveries can be signed with the secret."""
    try:
        return bool(key_of(secret))
    except ValueError:
        return False


def _signature(signed: bytes, secret: str) -> str:
    return base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()
