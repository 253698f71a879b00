"""WebSocket routes: the native API's two mounts, and a refusal for every other path."""

from typing import Any

from django.urls import re_path

from batches.websocket.consumers import BatchProgress


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    """Refuse the handshake: 404 where the server can answer it, else a closed socket."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close"})


# Django's type of a view stands in the way of the ASGI applications that Channels routes to.
_progress: Any = BatchProgress.as_asgi()
_not_found: Any = not_found

websocket_urlpatterns = [
    re_path(r"^(?:v1|api)/background-remover/ws/?$", _progress),
    re_path(r"", _not_found),
]
