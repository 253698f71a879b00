"""A line to Stripe that breaks: a real proxy in between, which loses answers after a while."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3
from django.conf import settings
from django.test import override_settings


@contextmanager
def dying_after(answers: int) -> Iterator[None]:
    """Let so many answers through; later requests reach Stripe, but what it says is lost."""
    line = _Line(settings.STRIPE_API_BASE, answers)
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
    def __init__(self, target: str, answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.target = target
        self.left = answers
        self.pool = urllib3.PoolManager(retries=False)


class _Relay(BaseHTTPRequestHandler):
    server: _Line

    def do_GET(self) -> None:
        self.relay()

    do_POST = do_DELETE = do_GET

    def relay(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        answer = self.server.pool.request(
            self.command,
            self.server.target + self.path,
            body=self.rfile.read(length),
            headers={name: value for name, value in self.headers.items() if name != "Host"},
        )
        if self.server.left == 0:
            self.close_connection = True
            return
        self.server.left -= 1
        self.send_response(answer.status)
        for name in ("Content-Type", "Request-Id"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, format: str, *args: object) -> None:
        """Not to the test's output."""
