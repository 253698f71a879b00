"""Typed readers of environment variables.

A reader returns the default when the variable is absent or blank, and raises `ImproperlyConfigured`
naming the variable when its value does not parse.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
# As in `your-super-secret-key-change-in-production…`, which the services' documents show.
_EXAMPLE = "your-"
_KEY_LENGTH = 32
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SMTPS, _SUBMISSION = 465, 587
_MOST_HOURS = 24 * 365
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}") from None
    if value < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}, not {value}")
    return value


def number(name: str, default: float) -> float:
    raw = text(name)
    if not raw:
        return default
    try:
        return float(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {raw!r}") from None


def boolean(name: str, *, default: bool) -> bool:
    raw = text(name).lower()
    if not raw:
        return default
    if raw in _TRUE:
        return True
    if raw in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}")


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    raw = text(name)
    return [word.strip() for word in raw.split(",") if word.strip()] if raw else list(default)


def path(name: str, default: Path) -> Path:
    raw = text(name)
    return Path(raw).expanduser() if raw else default


def checksums(name: str) -> dict[str, str]:
    """Checksums by model, written `u2net=sha256:<64 hex digits>,…`."""
    pairs = {}
    for word in words(name):
        model, _, checksum = word.partition("=")
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", checksum):
            raise ImproperlyConfigured(f"{name} must read MODEL=sha256:HEX,…, not {word!r}")
        pairs[model.strip()] = checksum
    return pairs


def secret(name: str, *, required: bool, fallback: str, alias: str = "") -> str:
    """A secret from NAME, or from the file that NAME_FILE points to; else from `alias`.

    Raises `ImproperlyConfigured` when `required` and neither is set, or when it is too short.
    """
    file = text(f"{name}_FILE")
    value = Path(file).read_text().strip() if file else text(name)
    if not value and alias:
        value = text(alias)
    if not value and not required:
        return fallback
    if not value:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set in production")
    if required and len(value) < 32:
        raise ImproperlyConfigured(f"{name} must have at least 32 characters")
    return value


def rate(name: str, default: tuple[int, int, int]) -> tuple[int, int, int]:
    """A rate limit written `LIMIT/WINDOW_SECONDS/BURST`, for example `30/60/10`."""
    raw = text(name)
    if not raw:
        return default
    try:
        limit, window_s, burst = (int(part) for part in raw.split("/"))
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must read LIMIT/WINDOW_SECONDS/BURST, not {raw!r}"
        ) from None
    if min(limit, window_s, burst) < 1:
        raise ImproperlyConfigured(f"{name} must hold positive numbers, not {raw!r}")
    return limit, window_s, burst


def per_hour(name: str, default: int) -> tuple[int, int, int]:
    """A rate limit of so many requests an hour, all of them back to back if need be."""
    limit = integer(name, default, minimum=1)
    return limit, 3600, limit


def shared_keys(*names: str, guessable: bool) -> list[str]:
    """Keys that everybody uses who calls this installation, from any of these variables.

    Raises `ImproperlyConfigured` for short ones, and unless they may be `guessable` for examples
    out of documentation.
    """
    found = {name: secret(name, required=False, fallback="") for name in names}
    for name, key in found.items():
        if key and not guessable and (len(key) < _KEY_LENGTH or key.startswith(_EXAMPLE)):
            raise ImproperlyConfigured(
                f"{name} must have at least {_KEY_LENGTH} characters and be no published example"
            )
    return [key for key in found.values() if key]


def database(name: str, default: str) -> dict[str, Any]:
    """Connection parameters of a `postgresql://user:password@host:port/name` URL.

    Query parameters become connection options, so `?host=/run/postgresql` names a socket folder.
    """
    url = _url(name, default)
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must be a postgresql:// URL; no other database is used")
    options = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": options,
    }


def hours(name: str, default: float) -> timedelta:
    """A positive number of hours."""
    value = number(name, default)
    if not 0 < value < _MOST_HOURS:
        raise ImproperlyConfigured(f"{name} must be a positive number of hours, not {value}")
    return timedelta(hours=value)


def email(name: str, *, server: str = "") -> dict[str, Any]:
    """Django's e-mail settings from `smtp://user:password@host:port`, `smtps://` or `console://`.

    `smtp://…?tls=true` asks for STARTTLS. Without a URL, `server` begins the names of variables
    that say the same one by one. With neither, mail is printed to the console.
    """
    if server and not text(name) and text(f"{server}_SERVER"):
        return _mail_server(server)
    url = _url(name, "console://")
    if url.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if url.scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured(f"{name} must be an smtp://, smtps:// or console:// URL")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname or "localhost",
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": dict(parse_qsl(url.query)).get("tls", "").lower() in _TRUE,
        "EMAIL_TIMEOUT": 10,
    }


def _mail_server(prefix: str) -> dict[str, Any]:
    """Mail settings as of `email`, by `PREFIX_SERVER`, `_PORT`, `_USER` and `_PASSWORD`. The usual
    ports say whether the connection is encrypted: 465 from the start, 587 by STARTTLS.
    """
    port = integer(f"{prefix}_PORT", 587, minimum=1)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": text(f"{prefix}_SERVER"),
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": text(f"{prefix}_USER"),
        "EMAIL_HOST_PASSWORD": secret(f"{prefix}_PASSWORD", required=False, fallback=""),
        "EMAIL_USE_SSL": port == _SMTPS,
        "EMAIL_USE_TLS": port == _SUBMISSION,
        "EMAIL_TIMEOUT": 10,
    }


def _url(name: str, default: str) -> SplitResult:
    try:
        url = urlsplit(text(name, default))
        _ = url.port
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} is not a URL: {problem}") from None
    return url
