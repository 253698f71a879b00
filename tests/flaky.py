"""A proxy in front of an S3 server that answers 503 for a share of the requests.

`python -m tests.flaky UPSTREAM_PORT SHARE SEED` prints its port. Half of the failures are of the
worse kind: the request was carried out, and only its answer is lost.
"""

import http.client
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_REFUSAL = b"<Error><Code>ServiceUnavailable</Code><Message>Please try again</Message></Error>"
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "expect"}


class Proxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: int, share: float, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self._share = share
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def fate(self, request: str) -> str:
        """`refused`, `lost` or `answered`; `request` is its method and path."""
        with self._lock:
            drawn = self._random.random()
        if drawn < self._share / 2:
            return "refused"
        return "lost" if drawn < self._share else "answered"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fate = self.server.fate(f"{self.command} {self.path}")
        if fate == "refused":
            self._reply(503, [], _REFUSAL)
            return
        status, headers, answer = self._forward(body)
        if fate == "lost" and status < 300:
            self._reply(503, [], _REFUSAL)
        else:
            self._reply(status, headers, answer)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        connection.request(self.command, self.path, body or None, kept)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, response.getheaders(), answer

    def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            elif name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


if __name__ == "__main__":
    proxy = Proxy(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(f"{proxy.server_address[1]}\n")
    sys.stdout.flush()
    proxy.serve_forever()
