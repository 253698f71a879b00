"""Verification of webhook deliveries, which are signed by the Standard Webhooks scheme."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lumiku.errors import ConfigurationError, LumikuError

TOLERANCE_S = 300
_PREFIX = "whsec_"


class WebhookVerificationError(LumikuError):
    """The delivery is not ours, was changed, or is too old. Answer it with 400."""


@dataclass(frozen=True)
class WebhookEvent:
    """A delivery whose signature is right. Deliveries may repeat; `id` stays the same."""

    id: str
    type: str
    timestamp: datetime
    data: Mapping[str, Any]


def verify(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str | Iterable[str],
    *,
    now: float | None = None,
) -> WebhookEvent:
    """The event in a delivery. `body` has to be as it came, not parsed and written anew.

    `secret` may be several while one is being replaced. Raises WebhookVerificationError.
    """
    raw = body.encode() if isinstance(body, str) else body
    given = {name.lower(): value for name, value in headers.items()}
    try:
        event_id, sent_at = given["webhook-id"], given["webhook-timestamp"]
        offered = given["webhook-signature"]
    except KeyError as missing:
        raise WebhookVerificationError(f"the header {missing} is missing") from None
    _check_age(sent_at, now if now is not None else time.time())
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    signed = b".".join((event_id.encode(), sent_at.encode(), raw))
    if not any(_is_signed(signed, key, offered) for key in keys):
        raise WebhookVerificationError("no signature of the delivery is right")
    event = json.loads(raw)
    return WebhookEvent(
        id=event_id,
        type=event["type"],
        timestamp=datetime.fromisoformat(event["timestamp"]),
        data=event["data"],
    )


def sign(body: bytes, *, event_id: str, timestamp: int, secret: str) -> str:
    """The signature header of a delivery, for tests of a receiver."""
    signed = b".".join((event_id.encode(), str(timestamp).encode(), body))
    return f"v1,{_signature(signed, _key(secret))}"


def _check_age(sent_at: str, now: float) -> None:
    try:
        age = abs(now - int(sent_at))
    except ValueError:
        raise WebhookVerificationError("the timestamp is not a number") from None
    if age > TOLERANCE_S:
        raise WebhookVerificationError("the delivery is too old, or a clock is wrong")


def _is_signed(signed: bytes, key: bytes, offered: str) -> bool:
    wanted = f"v1,{_signature(signed, key)}".encode()
    return any(hmac.compare_digest(wanted, one.encode()) for one in offered.split())


def _signature(signed: bytes, key: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    # With an empty key anybody could sign, as when the variable that holds the secret is unset.
    if not key:
        raise ConfigurationError("the webhook secret is not one that the server gave")
    return key
