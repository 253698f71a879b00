"""Client messages of the progress socket; anything else is refused with a typed error."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common.http.errors import InvalidInput, MissingRequiredField

LONGEST = 4096
_ID = re.compile(r"[A-Za-z0-9_\-]{1,40}")


@dataclass(frozen=True)
class Auth:
    """An access token or an API key."""

    token: str


@dataclass(frozen=True)
class Subscribe:
    batch_id: str


@dataclass(frozen=True)
class Unsubscribe:
    batch_id: str


@dataclass(frozen=True)
class Ping:
    """A request for a `pong`."""


ClientMessage = Auth | Subscribe | Unsubscribe | Ping


def parse(text: str | None) -> ClientMessage:
    """Raises `InvalidInput` or `MissingRequiredField`; `None` stands for a binary message."""
    if text is None:
        raise InvalidInput("Messages are JSON text, not binary")
    if len(text) > LONGEST:
        raise InvalidInput(
            f"A message has at most {LONGEST} characters", details={"maxLength": LONGEST}
        )
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("The message is not valid JSON") from None
    if not isinstance(message, dict):
        raise InvalidInput("The message is not a JSON object")
    return _read(message)


def _read(message: Mapping[str, Any]) -> ClientMessage:
    kind = _text(message, "type")
    read = _KINDS.get(kind)
    if read is None:
        raise InvalidInput(
            f"There is no such type of message; use one of {', '.join(_KINDS)}",
            details={"field": "type", "allowed": list(_KINDS)},
        )
    return read(message)


def _text(message: Mapping[str, Any], field: str) -> str:
    if field not in message:
        raise MissingRequiredField(f"{field} is missing", details={"field": field})
    value = message[field]
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{field} must be a text", details={"field": field})
    return value


def _batch_id(message: Mapping[str, Any]) -> str:
    value = _text(message, "batchId")
    if not _ID.fullmatch(value):
        raise InvalidInput("batchId is not an identifier", details={"field": "batchId"})
    return value


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], ClientMessage]] = {
    "auth": lambda message: Auth(_text(message, "token")),
    "subscribe": lambda message: Subscribe(_batch_id(message)),
    "unsubscribe": lambda message: Unsubscribe(_batch_id(message)),
    "ping": lambda _: Ping(),
}
