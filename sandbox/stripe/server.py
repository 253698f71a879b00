"""The HTTP server: `/v1/…` is the API, all other paths are pages."""

import base64
import json
import socket
import threading
import traceback
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.stripe.api import Api, Request
from sandbox.stripe.delivery import Courier
from sandbox.stripe.errors import ApiError
from sandbox.stripe.families import ROUTES, VIEWS
from sandbox.stripe.pages import routes
from sandbox.stripe.pages.html import Answer, Page, Redirect, page
from sandbox.stripe.store import Store
from sandbox.stripe.ticker import Ticker
from sandbox.stripe.world import Settings, World

_MAX_BODY = 1024 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """The server with its threads; `close` saves everything."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, settings: Settings, database: Path | None) -> None:
        self.world = World(store=Store(database), settings=settings, views=VIEWS)
        self.api = Api(self.world, ROUTES)
        self.courier, self.ticker = Courier(self.world), Ticker(self.world)
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener

    def run(self) -> None:
        """Serve until `shutdown`, then stop the threads in order."""
        self.courier.start()
        self.ticker.start()
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self.server_close()
            self.ticker.end()
            self.courier.end()
            self.world.store.close()

    def stop_soon(self) -> None:
        """Stop from a signal handler, which must not wait."""
        threading.Thread(target=self.shutdown, daemon=True).start()

    def stir(self, path: str) -> None:
        """Wake the threads, because a request to `path` may have changed objects."""
        self.courier.stir()
        if "clocks" in path:
            self.ticker.stir()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    # Head and body are sent together, in one packet.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing, because the dashboard shows the requests."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _MAX_BODY:
            self.close_connection = True
            self._send(413, b"", {})
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        url = urlsplit(self.path)
        if url.path.startswith("/v1/"):
            self._serve_api(url.path, url.query, body)
        else:
            self._serve_page(url.path, url.query, body)
        self.server.stir(url.path)

    def _serve_api(self, path: str, query: str, body: str) -> None:
        status = self.server.world.faults.strike()
        if status:
            error = {"error": {"message": "Simulated fault of the sandbox.", "type": "api_error"}}
            self._send_json(status, error, {})
            return
        request = Request(
            method=self.command,
            path=path.rstrip("/"),
            query=query,
            body=body,
            headers={name.lower(): value for name, value in self.headers.items()},
            key=_key(self.headers.get("Authorization", "")),
        )
        try:
            answer = self.server.api.answer(request)
        except Exception:
            traceback.print_exc()
            error = {"error": {"message": "The sandbox itself failed.", "type": "api_error"}}
            self._send_json(500, error, {})
            return
        self._send_json(answer.status, answer.body, answer.headers)

    def _serve_page(self, path: str, query: str, body: str) -> None:
        if self.command == "POST" and self.headers.get("Sec-Fetch-Site") == "cross-site":
            self._send(403, b"Another site may not do that.", {})
            return
        form = dict(parse_qsl(f"{query}&{body}"))
        try:
            answer = self._page(self.command, path, form)
        except ApiError as problem:
            answer = self._refused(path, problem)
        self._send_answer(answer)

    def _page(self, method: str, path: str, form: dict[str, str]) -> Answer:
        with self.server.world.store.transaction():
            return routes.answer(self.server.world, method, path, form)

    def _refused(self, path: str, problem: ApiError) -> Answer:
        """The page that was clicked on, with the error."""
        if self.command == "POST" and problem.status == 402:
            return self._page("GET", path, {"problem": problem.message})
        return page("That did not work", problem.message, status=problem.status)

    def _send_answer(self, answer: Answer) -> None:
        match answer:
            case Redirect(url=url):
                self._send(303, b"", {"Location": url})
            case Page(body=body, status=status, type=kind):
                self._send(status, body, {"Content-Type": kind, **_HEADERS})

    def _send_json(self, status: int, body: object, headers: Mapping[str, str]) -> None:
        text = json.dumps(body, indent=2).encode()
        self._send(status, text, {"Content-Type": "application/json", **headers})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            # Text from a request must not end the header line.
            self.send_header(name, value.replace("\r", "").replace("\n", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except ValueError:
            return ""
    return ""
