"""Base address and key of a client, from its arguments or the environment."""

import os
from urllib.parse import urlsplit

from lumiku.errors import ConfigurationError

DEFAULT_BASE_URL = "http://localhost:8000"
# Where the API may be mounted; an address without one of them gets the first.
_PREFIXES = ("/v1", "/api")


def base_url(given: str | None) -> str:
    """The address of the API with its prefix and no slash at the end.

    Without one, `LUMIKU_BASE_URL` decides, and else this machine; no other host is ever assumed.
    Raises ConfigurationError.
    """
    text = (given or os.environ.get("LUMIKU_BASE_URL") or DEFAULT_BASE_URL).strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{text!r} is not an address such as https://api.example.com/v1")
    if parts.query or parts.fragment or parts.username:
        raise ConfigurationError("the base address has no query, fragment or user name")
    return text if parts.path.endswith(_PREFIXES) else text + _PREFIXES[0]


def origin(url: str) -> str:
    """Scheme, host and port, by which addresses are the same server or another."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def api_key(given: str | None) -> str | None:
    """The key to send; None without one. Raises ConfigurationError for one with odd characters."""
    key = (given or os.environ.get("LUMIKU_API_KEY") or "").strip()
    if not key.isascii() or any(not "!" <= char <= "~" for char in key):
        raise ConfigurationError("the API key has characters that no key has")
    return key or None
