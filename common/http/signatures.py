"""Signed addresses: valid for one purpose and one subject, for a limited time."""

import base64
import hmac
from datetime import datetime
from urllib.parse import urlencode

from django.utils.crypto import salted_hmac


def query(purpose: str, subject: str, *, expires: int) -> str:
    """A query string that grants access to `subject` until `expires`, in Unix seconds."""
    signature = _signature(purpose, subject, str(expires))
    return urlencode({"expires": expires, "signature": signature})


def is_genuine(purpose: str, subject: str, *, expires: str, signature: str, now: datetime) -> bool:
    """True if these two are from `query` for this subject and have not expired."""
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
        return False
    expected = _signature(purpose, subject, expires).encode()
    genuine = hmac.compare_digest(expected, signature.encode(errors="replace"))
    return genuine and now.timestamp() < int(expires)


def _signature(purpose: str, subject: str, expires: str) -> str:
    digest = salted_hmac(purpose, f"{expires}:{subject}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
