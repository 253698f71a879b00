"""Content Security Policy of the dashboard's pages."""

from django.http import HttpRequest

from common.http.csp import OURS, as_header, store_origin


def policy(request: HttpRequest) -> str:
    """The header's value. Files go to and come from the object store; nothing else leaves."""
    host, store = request.get_host(), store_origin()
    sources = {
        **OURS,
        "img-src": f"'self' data: blob: {store}",
        # Not every browser takes 'self' for the WebSocket of the same host.
        "connect-src": f"'self' {'wss' if request.is_secure() else 'ws'}://{host} {store}",
    }
    return as_header({directive: value.strip() for directive, value in sources.items()})
