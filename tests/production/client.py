"""A customer at the other end of nginx: HTTPS, one JSON envelope, the progress socket."""

import json
import secrets
import ssl
import time
from collections.abc import Iterator
from typing import Any, Self

import urllib3
from websockets.sync.client import connect

from tests.production.stack import Stack

PATIENCE_S = 150.0


class Api:
    """Calls below `/v1`, with the token of `register`."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.token = ""
        self.http = urllib3.PoolManager(ca_certs=str(stack.certificate), retries=False, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.clear()

    def register(self) -> None:
        login = {
            "email": f"{secrets.token_hex(6)}@example.com",
            "password": secrets.token_urlsafe(18),
        }
        self.token = self.call("POST", "/auth/register", json=login, expect=201)["token"]

    def fetch(self, method: str, url: str, **arguments: Any) -> urllib3.BaseHTTPResponse:
        """Any address; a path means nginx's. Redirects are not followed."""
        address = url if "://" in url else f"{self.stack.url}{url}"
        return self.http.request(method, address, redirect=False, **arguments)

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self.fetch("GET", f"/v1{path}", headers={**self.login, **headers})

    def call(self, method: str, path: str, *, expect: int = 200, **arguments: Any) -> Any:
        """The `data` of the answer, which must have the status `expect`."""
        answer = self.fetch(method, f"/v1{path}", headers=self.login, **arguments)
        assert answer.status == expect, answer.data
        return json.loads(answer.data)["data"]

    @property
    def login(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def credits(self) -> int:
        return int(self.call("GET", "/billing/credits")["available"])

    def watch(self, batch_id: str) -> Iterator[dict[str, Any]]:
        """Everything the progress socket says of a batch, until it has ended."""
        trust = ssl.create_default_context(cafile=str(self.stack.certificate))
        url = self.stack.url.replace("https://", "wss://") + "/v1/background-remover/ws"
        with connect(url, ssl=trust, open_timeout=30) as socket:
            socket.send(json.dumps({"type": "auth", "token": self.token}))
            socket.send(json.dumps({"type": "subscribe", "batchId": batch_id}))
            while True:
                message = json.loads(socket.recv(timeout=PATIENCE_S))
                yield message
                if message["type"] in ("completed", "error"):
                    return

    def ended(self, batch_id: str) -> Any:
        """The status of a batch, once it has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            status = self.call("GET", f"/background-remover/batch/{batch_id}")
            if status["status"] in ("completed", "failed", "cancelled"):
                return status
            assert time.monotonic() < deadline, status
            time.sleep(0.5)
