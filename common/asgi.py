"""The outermost layer: nothing too large, and nothing unreadable, reaches Django."""

import io
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest

from common.errors import ApiError, FileTooLarge, InvalidInput, render
from common.requestid import HEADER, adopt, request_id

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class BodyLimit:
    """Refuses request bodies over `max_bytes`, declared or counted, and keeps none of them.

    A client that announced too much may finish sending up to `drain_bytes`, so that it reads our
    answer instead of a broken connection.
    """

    def __init__(self, app: Any, *, max_bytes: int, drain_bytes: int | None = None) -> None:
        self.app: Application = app
        self.max_bytes = max_bytes
        self.drain_bytes = 4 * max_bytes if drain_bytes is None else drain_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self.max_bytes)
        if exchange.declared > self.max_bytes:
            await self._refuse(exchange, self._error())
        elif not _readable(scope):
            await self._refuse(exchange, InvalidInput("The request's headers do not parse"))
        else:
            await self.app(scope, exchange.receive, exchange.send)
            if exchange.exceeded and not exchange.started:
                await self._refuse(exchange, self._error())

    async def _refuse(self, exchange: "_Exchange", error: ApiError) -> None:
        if not exchange.waits_for_leave:
            await exchange.drain(self.drain_bytes)
        await exchange.answer(error)

    def _error(self) -> ApiError:
        return FileTooLarge(
            f"The request is larger than {self.max_bytes} bytes",
            details={"maxBytes": self.max_bytes},
        )


class _Exchange:
    """One request and its answer, with the bytes of the body counted."""

    def __init__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, max_bytes: int
    ) -> None:
        self._headers = dict(scope["headers"])
        self._receive = receive
        self._send = send
        self._max_bytes = max_bytes
        self._seen = 0
        self._more = True
        self.started = False

    @property
    def declared(self) -> int:
        length: bytes = self._headers.get(b"content-length", b"0")
        return int(length) if length.isdigit() else 0

    @property
    def waits_for_leave(self) -> bool:
        return bool(self._headers.get(b"expect", b"").lower() == b"100-continue")

    @property
    def exceeded(self) -> bool:
        return self._seen > self._max_bytes

    async def receive(self) -> Message:
        message = await self._next()
        # To the application it looks as if the client had gone: it lets go of all it holds.
        return {"type": "http.disconnect"} if self.exceeded else message

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)

    async def drain(self, most: int) -> None:
        """Read and drop what is left of the body, at most `most` bytes in all."""
        while self._more and self._seen <= most:
            await self._next()

    async def answer(self, error: ApiError) -> None:
        offered = self._headers.get(HEADER.lower().encode(), b"").decode("latin-1")
        with request_id(adopt(offered)) as chosen:
            body = json.dumps(render(error)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (HEADER.lower().encode(), chosen.encode()),
        ]
        await self.send({"type": "http.response.start", "status": error.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def _next(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        return message


def _readable(scope: MutableMapping[str, Any]) -> bool:
    """Whether Django can build a request from this: charsets that are none make it raise."""
    try:
        ASGIRequest(scope, io.BytesIO())
    except (LookupError, ValueError, SuspiciousOperation):
        return False
    return True
