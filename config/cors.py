"""Cross-origin resource sharing: the origins whose pages may call the API.

Browsers neither send nor store cookies with such calls, so they authenticate only by keys, tokens
and signed addresses. Pages that authenticate by cookie are excluded altogether.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

ANY, NONE = "*", "none"
# Every path except the pages that authenticate by cookie, and their assets.
PATHS = r"^/(?!(admin|docs|static)(/|$))"
REQUEST_HEADERS = (
    *default_headers,
    "x-api-key",
    "api-key",
    "idempotency-key",
    "x-request-id",
    "prefer",
    "cache-control",
    "range",
    "if-range",
    "if-none-match",
)
# Headers that a script may read, beside the body and the few that browsers always expose.
EXPOSED_HEADERS = (
    "X-Request-Id",
    "X-Server-Version",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "Idempotency-Replayed",
    "Preference-Applied",
    "Location",
    "WWW-Authenticate",
    "Content-Disposition",
    "Content-Range",
    "Accept-Ranges",
    "ETag",
    "X-Job-Id",
    "X-Credits-Used",
    "X-Pricing-Type",
    "X-Tier",
    "X-Model",
    "X-Processing-Time-Ms",
    "X-Credits-Charged",
    "X-Credits-Calculated",
    "X-Type",
    "X-Width",
    "X-Height",
    "X-Max-Width",
    "X-Max-Height",
    "X-Foreground-Top",
    "X-Foreground-Left",
    "X-Foreground-Width",
    "X-Foreground-Height",
)
_WILDCARD = "://*."


def settings(origins: Sequence[str]) -> dict[str, Any]:
    """Settings of django-cors-headers for `origins`: `*`, `none`, or a list of origins.

    `https://*.example.com` stands for every subdomain. Raises `ImproperlyConfigured` for text that
    is no origin, which the library would ignore.
    """
    wanted = [] if list(origins) == [NONE] else [origin.rstrip("/") for origin in origins]
    everyone = wanted == [ANY]
    named = [] if everyone else [_checked(origin) for origin in wanted]
    return {
        "CORS_ALLOW_ALL_ORIGINS": everyone,
        "CORS_ALLOWED_ORIGINS": [one for one in named if _WILDCARD not in one],
        "CORS_ALLOWED_ORIGIN_REGEXES": [_subdomains(one) for one in named if _WILDCARD in one],
        "CORS_ALLOW_CREDENTIALS": False,
        "CORS_URLS_REGEX": PATHS,
        "CORS_ALLOW_HEADERS": REQUEST_HEADERS,
        "CORS_EXPOSE_HEADERS": EXPOSED_HEADERS,
        "CORS_PREFLIGHT_MAX_AGE": 86_400,
    }


def _checked(origin: str) -> str:
    parts = urlsplit(origin)
    if not parts.scheme or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            "CORS_ORIGINS must be *, none, or origins such as https://app.example.com, "
            f"not {origin!r}"
        )
    return origin.lower()


def _subdomains(origin: str) -> str:
    scheme, rest = origin.split(_WILDCARD, 1)
    return rf"^{re.escape(scheme)}://([a-z0-9-]+\.)+{re.escape(rest)}$"
