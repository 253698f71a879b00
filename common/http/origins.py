"""Origin check of requests that a visitor's cookie authenticates.

A browser sends cookies along with a WebSocket that any page opens, and says only in `Origin` which
page that was.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

_PORTS = {"http": ":80", "https": ":443"}


def is_ours(origin: str, *, host: str) -> bool:
    """Whether a page from `origin` is one of this service, which was addressed as `host`.

    Ours are `BASE_URL`, `CSRF_TRUSTED_ORIGINS` (with `https://*.example.com` for subdomains) and
    the very host that was addressed, if it is one of `ALLOWED_HOSTS`. Where cookies are for https
    only, so are pages.
    """
    try:
        parts = urlsplit(origin.lower())
        name = parts.hostname
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not name or origin.count("/") != 2:
        return False
    if settings.SESSION_COOKIE_SECURE and parts.scheme != "https":
        return False
    trusted = [settings.BASE_URL, *settings.CSRF_TRUSTED_ORIGINS]
    return any(_covers(one.lower(), parts.scheme, parts.netloc) for one in trusted) or (
        _with_port(parts.netloc, parts.scheme) == _with_port(host.lower(), parts.scheme)
        and validate_host(name if ":" not in name else f"[{name}]", settings.ALLOWED_HOSTS)
    )


def _covers(trusted: str, scheme: str, netloc: str) -> bool:
    parts = urlsplit(trusted)
    if parts.scheme != scheme:
        return False
    if parts.netloc.startswith("*"):
        return netloc.endswith(parts.netloc[1:])
    return _with_port(parts.netloc, scheme) == _with_port(netloc, scheme)


def _with_port(netloc: str, scheme: str) -> str:
    return netloc.removesuffix(_PORTS[scheme])
