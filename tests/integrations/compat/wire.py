"""Bytes sent to a running service, and what came back."""

import http.client
import socket
from collections.abc import Callable


def sent(port: int, request: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    """The whole answer to a request, read by its head as a client does."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


def broken(port: int, request: bytes, *, arrived: Callable[[], bool]) -> None:
    """A request whose client gives up, and closes the connection once its request has arrived."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(request)
        while not arrived():
            pass
