"""The outermost layer: nothing too large, and nothing unreadable, reaches Django."""

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest

from common.http import cors
from common.http.errors import (
    ApiError,
    FileTooLarge,
    InvalidInput,
    RequestTimeout,
    from_exception,
    logged,
    rendered,
)
from common.http.request_id import HEADER, adopt, request_id

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# The longest that a refused body is read, as a multiple of the silence that ends any body.
_DRAINS = 4
_MOST_DIGITS = 18
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class LargeForms:
    """Forms posted to `path` may have up to `max_bytes`, or else `too_large` is answered.

    With `any_type` this holds for bodies of every type. Before more is read than any caller may
    send, `early_auth` may refuse the caller.
    """

    path: re.Pattern[str]
    max_bytes: int
    early_auth: Callable[[MutableMapping[str, Any]], Awaitable[ApiError | None]]
    too_large: type[ApiError] = FileTooLarge
    # Longer than for other bodies: a pause of a slow line must not cost gigabytes.
    idle_s: float = 30
    any_type: bool = False

    def match(self, scope: MutableMapping[str, Any]) -> bool:
        content_type: bytes = dict(scope["headers"]).get(b"content-type", b"")
        fits = self.any_type or content_type.lower().startswith(b"multipart/form-data")
        return scope["method"] == "POST" and fits and bool(self.path.fullmatch(scope["path"]))


class BodyLimit:
    """Refuses request bodies over `max_bytes`, declared or counted, and keeps none of them.

    A client that announced too much may finish sending up to `drain_bytes`, so that it reads our
    answer instead of a broken connection. One that announced more than it sends is answered with
    408 after a silence of `idle_s` seconds. `large` are the exceptions.
    """

    def __init__(
        self,
        app: Any,
        *,
        max_bytes: int,
        drain_bytes: int | None = None,
        idle_s: float = 5,
        large: Sequence[LargeForms] = (),
    ) -> None:
        self.app: Application = app
        self.max_bytes = max_bytes
        self.drain_bytes = 4 * max_bytes if drain_bytes is None else drain_bytes
        self.idle_s = idle_s
        self.large = large

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        large = next((forms for forms in self.large if forms.match(scope)), None)
        max_bytes = large.max_bytes if large else self.max_bytes
        idle_s = large.idle_s if large else self.idle_s
        exchange = _Exchange(scope, receive, send, max_bytes=max_bytes, idle_s=idle_s)
        too_large = _too_large(large.too_large if large else FileTooLarge, max_bytes)
        if exchange.declared > max_bytes:
            await self._refuse(exchange, too_large)
        elif not _readable(scope):
            await self._refuse(exchange, InvalidInput("The request's headers do not parse"))
        elif refusal := await self._refused_early(large, exchange, scope):
            await self._refuse(exchange, refusal)
        else:
            full = await self._run(scope, exchange)
            if exchange.exceeded and not exchange.started:
                await self._refuse(exchange, too_large)
            elif exchange.stalled and not exchange.started:
                await exchange.answer(RequestTimeout())
            elif full:
                await self._refuse(exchange, full)

    async def _run(self, scope: MutableMapping[str, Any], exchange: "_Exchange") -> ApiError | None:
        """Run the application; returns the error to answer with when the disk is full.

        Django writes a large body to disk before any view runs.
        """
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except OSError as problem:
            if exchange.started or from_exception(problem).status != 503:
                raise
            return logged(problem)
        return None

    async def _refused_early(
        self, large: LargeForms | None, exchange: "_Exchange", scope: MutableMapping[str, Any]
    ) -> ApiError | None:
        if large is None or 0 < exchange.declared <= self.max_bytes:
            return None
        return await large.early_auth(scope)

    async def _refuse(self, exchange: "_Exchange", error: ApiError) -> None:
        if not exchange.waits_for_leave:
            await exchange.drain(self.drain_bytes, idle_s=self.idle_s)
        await exchange.answer(error)


class _Exchange:
    """One request and its answer, with the bytes of the body counted."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Receive,
        send: Send,
        *,
        max_bytes: int,
        idle_s: float,
    ) -> None:
        self._scope = scope
        self._headers = dict(scope["headers"])
        self._receive = receive
        self._send = send
        self._max_bytes = max_bytes
        self._idle_s = idle_s
        self._seen = 0
        self._more = True
        self.started = False
        self.stalled = False

    @property
    def declared(self) -> int:
        length: bytes = self._headers.get(b"content-length", b"0")
        return int(length[:_MOST_DIGITS]) if length.isdigit() else 0

    @property
    def waits_for_leave(self) -> bool:
        return bool(self._headers.get(b"expect", b"").lower() == b"100-continue")

    @property
    def exceeded(self) -> bool:
        return self._seen > self._max_bytes

    async def receive(self) -> Message:
        message = await self._next()
        # To the application it looks as if the client had gone: it releases all it holds.
        return {"type": "http.disconnect"} if self.exceeded else message

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)

    async def drain(self, most: int, *, idle_s: float) -> None:
        """Read and drop what is left of the body, at most `most` bytes in all."""
        self._idle_s = idle_s
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAINS * idle_s):
                while self._more and self._seen <= most:
                    await self._next()

    async def answer(self, error: ApiError) -> None:
        offered = self._headers.get(HEADER.lower().encode(), b"").decode("latin-1")
        with request_id(adopt(offered)) as chosen:
            refusal = rendered(error, path=self._scope["path"])
            body = json.dumps(refusal.body).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (HEADER.lower().encode(), chosen.encode()),
            *cors.headers_for(self._scope),
            *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
        ]
        await self.send(
            {"type": "http.response.start", "status": refusal.status, "headers": headers}
        )
        await self.send({"type": "http.response.body", "body": body})

    async def _next(self) -> Message:
        message = await self._received()
        self._seen += len(message.get("body", b""))
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def _received(self) -> Message:
        """The next message; for a body that does not go on, as if the client had gone."""
        if not self._more:
            return await self._receive()
        try:
            async with asyncio.timeout(self._idle_s):
                return await self._receive()
        except TimeoutError:
            self.stalled = True
            return {"type": "http.disconnect"}


def _too_large(kind: type[ApiError], max_bytes: int) -> ApiError:
    return kind(f"The request is larger than {max_bytes} bytes", details={"maxBytes": max_bytes})


def _readable(scope: MutableMapping[str, Any]) -> bool:
    """True if Django can build a request from this; it raises for an unknown charset."""
    try:
        ASGIRequest(scope, io.BytesIO())
    except (LookupError, ValueError, SuspiciousOperation):
        return False
    return True
