"""The headers of cross-origin sharing for answers that are given before Django sees a request.

Without them a browser hides such an answer from the page that asked, which then sees a network
error instead of the reason.
"""

import io
from collections.abc import MutableMapping
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

# The request may have been refused because these do not parse; the rule needs neither.
_UNREADABLE = frozenset({b"content-type", b"content-length", b"cookie"})
Header = tuple[bytes, bytes]


def headers_for(scope: MutableMapping[str, Any]) -> list[Header]:
    """The headers that the middleware of the same name adds to an answer, for ASGI."""
    kept = [pair for pair in scope["headers"] if pair[0].lower() not in _UNREADABLE]
    request = ASGIRequest({**scope, "headers": kept, "query_string": b""}, io.BytesIO())
    answer = CorsMiddleware(lambda _: HttpResponse())(request)
    assert isinstance(answer, HttpResponse)  # noqa: S101 - the middleware of a synchronous view
    return [
        (name.lower().encode(), str(value).encode())
        for name, value in answer.headers.items()
        if name.lower() == "vary" or name.lower().startswith("access-control-")
    ]
