"""A real proxy between the service and Stripe that loses or replaces answers."""

import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3
from django.conf import settings
from django.test import override_settings

# A hook gets the method and the path; the (status, body) that it returns replaces Stripe's answer.
Meddler = Callable[[str, str], tuple[int, bytes] | None]


@contextmanager
def dying_after(answers: int) -> Iterator[None]:
    """Forward that many answers; later requests reach Stripe, but their answers are lost."""
    with _through(lambda method, path: None, answers=answers):
        yield


@contextmanager
def refusing_changes(status: int, code: str) -> Iterator[None]:
    """Answer every change with this error; reads are forwarded."""
    error = {"error": {"type": "idempotency_error", "code": code, "message": "No."}}

    def meddle(method: str, path: str) -> tuple[int, bytes] | None:
        return None if method == "GET" else (status, json.dumps(error).encode())

    with _through(meddle):
        yield


@contextmanager
def overtaken(path: str, by: Callable[[], None]) -> Iterator[None]:
    """Call `by` before the first POST to `path` arrives."""
    ahead = [by]

    def meddle(method: str, asked: str) -> None:
        if (method, asked) == ("POST", path) and ahead:
            ahead.pop()()

    with _through(meddle):
        yield
    assert not ahead


@contextmanager
def _through(meddle: Meddler, answers: float = math.inf) -> Iterator[None]:
    line = _Line(settings.STRIPE_API_BASE, meddle, answers)
    thread = threading.Thread(target=line.serve_forever, daemon=True)
    thread.start()
    try:
        with override_settings(STRIPE_API_BASE=f"http://127.0.0.1:{line.server_port}"):
            yield
    finally:
        line.shutdown()
        line.server_close()
        thread.join()


class _Line(ThreadingHTTPServer):
    def __init__(self, target: str, meddle: Meddler, answers: float) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.target = target
        self.meddle = meddle
        self.left = answers
        self.pool = urllib3.PoolManager(retries=False)


class _Relay(BaseHTTPRequestHandler):
    server: _Line

    def do_GET(self) -> None:
        self.relay()

    do_POST = do_DELETE = do_GET

    def relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        instead = self.server.meddle(self.command, self.path)
        if instead is not None:
            self.say(*instead, {"Content-Type": "application/json"})
            return
        answer = self.server.pool.request(
            self.command,
            self.server.target + self.path,
            body=body,
            headers={name: value for name, value in self.headers.items() if name != "Host"},
        )
        if self.server.left == 0:
            self.close_connection = True
            return
        self.server.left -= 1
        headers_kept = ("Content-Type", "Request-Id")
        self.say(
            answer.status,
            answer.data,
            {name: answer.headers[name] for name in headers_kept if name in answer.headers},
        )

    def say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing, to keep the test's output clean."""
