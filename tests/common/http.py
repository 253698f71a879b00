"""Short ways to call the test endpoints, and a real HTTP server for outgoing requests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import Client

JSON = "application/json"


def error(response: Any) -> dict[str, Any]:
    """The error of an answer that must be in the envelope."""
    body = response.json()
    assert body["success"] is False
    assert body["error"]["requestId"] == response.headers["X-Request-Id"]
    found: dict[str, Any] = body["error"]
    return found


def post_raw(path: str, body: bytes, content_type: str = JSON, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, body, content_type, headers=headers)


def multipart(*parts: tuple[str, bytes], boundary: bytes = b"xyz") -> bytes:
    """A form body out of (raw part header lines, content)."""
    lines = [
        b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head.encode("latin-1"), content)
        for head, content in parts
    ]
    return b"".join(lines) + b"--%s--\r\n" % boundary


class ScriptedHandler(BaseHTTPRequestHandler):
    """Answers `/some-path` by its method `answer_some_path`; `released` is for those that wait."""

    released = threading.Event()

    def answer(self, *, otherwise: Callable[[], None]) -> None:
        name = self.path.partition("?")[0].strip("/").replace("-", "_")
        getattr(self, f"answer_{name}", otherwise)()

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: Any = None) -> Iterator[int]:
    """A local server on a free port of 127.0.0.1; yields the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
