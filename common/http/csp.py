"""Content Security Policy of every HTML page: everything comes from this service."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"

OURS = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The operators' pages are django-unfold's: Alpine.js evaluates the expressions in its attributes,
# and widths of bars and the like stand in `style` attributes. No inline script runs there either.
_OPERATORS = {
    **OURS,
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
}
# Swagger UI writes styles, and shows pictures that an answer brought as blobs.
_DOCS = {
    **OURS,
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
}
_BY_PATH = (("/admin", _OPERATORS), ("/docs", _DOCS))


class ContentSecurityMiddleware:
    """Sets the policy of a page that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault(HEADER, policy_of(request.path))
        return response


def policy_of(path: str) -> str:
    """The header's value for a page at `path`.

    Operators' pages show customers' pictures, which may lie in an object store of another origin.
    """
    found = next((policy for start, policy in _BY_PATH if path.startswith(start)), OURS)
    if found is _OPERATORS and (store := store_origin()):
        found = {**found, "img-src": f"{found['img-src']} {store}"}
    return as_header(found)


def as_header(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def store_origin() -> str:
    """The origin that addresses of the object store begin with; empty without one."""
    if settings.STORAGE_BACKEND != "s3":
        return ""
    parts = urlsplit(settings.S3_PUBLIC_URL or settings.S3_ENDPOINT_URL)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "https://*.amazonaws.com"
