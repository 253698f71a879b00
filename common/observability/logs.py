"""Structured logs: one JSON object or one readable line per event, with secrets taken out."""

import logging
import math
import re
import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from pythonjsonlogger.json import JsonFormatter as _JsonFormatter
from redis.exceptions import RedisError

from common.http.request_id import current_request_id
from common.observability.redaction import is_secret_name, redact

requests = logging.getLogger("lumiku.requests")

# Attributes that every log record has; all others came through `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id"}
_LONGEST_PATH = 500
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class RequestId(logging.Filter):
    """Puts the identifier of the request or task at hand on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class Redact(logging.Filter):
    """Takes secrets, signatures and e-mail addresses out of message, traceback and extras."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        for name in set(vars(record)) - _STANDARD:
            setattr(record, name, _clean(name, getattr(record, name)))
        return True


class Refusals(logging.Filter):
    """Lets a request that was refused for what it says be a line, without our traceback.

    Django writes one for a wrong Host header, too many fields and the like, which any client can
    send as often as it likes.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        logger, _, kind = record.name.rpartition(".")
        if logger != "django.security":
            return True
        record.msg, record.args = "a request was refused: %s", (kind,)
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True


class ClientNoise(logging.Filter):
    """Keeps out what any client can make the server write, with a traceback, as often as it likes:
    a WebSocket message that is not UTF-8.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Invalid UTF-8 sequence")


class ValkeyAway(logging.Filter):
    """Lets a library say once a minute, in a line, what it says each second with a traceback."""

    PAUSE_S = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._quiet_until = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        if not isinstance(problem, (RedisError, OSError)):
            return True
        record.msg, record.args = "Valkey is unavailable: %s", (type(problem).__name__,)
        record.exc_info = None
        now = time.monotonic()
        if now < self._quiet_until:
            return False
        self._quiet_until = now + self.PAUSE_S
        return True


class JsonFormatter(_JsonFormatter):
    """One JSON object a line: time, level, logger, message, request_id and the extras."""

    def __init__(self) -> None:
        super().__init__(
            "{levelname}{name}{message}{request_id}",
            style="{",
            timestamp="time",
            rename_fields={"levelname": "level", "name": "logger"},
        )


class TextFormatter(logging.Formatter):
    """One readable line; control characters are escaped so that no caller can forge a line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        line = _CONTROL.sub(_escaped, super().formatMessage(record))
        request = getattr(record, "request_id", "")
        return f"{line} [{request}]" if request else line


def log_request(request: HttpRequest, *, route: str, status: int, seconds: float) -> None:
    """One line per request. The query string stays out: it may hold a signature."""
    user = getattr(request, "user", None)
    path = request.path[:_LONGEST_PATH]
    level = logging.DEBUG if route in {"health", "metrics"} else logging.INFO
    requests.log(
        level,
        "%s %s %d %.1f ms",
        request.method,
        path,
        status,
        seconds * 1000,
        extra={
            "method": request.method,
            "path": path,
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "user_id": getattr(user, "public_id", None),
        },
    )


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _clean(name: str, value: Any) -> Any:
    if is_secret_name(name):
        return "[redacted]"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
