"""Drivers: they do what operations want done, by threads or by asyncio."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import httpx
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect as connect_sync

from lumiku import address, effects
from lumiku.effects import Effect, Operation, Reply, Request
from lumiku.errors import BrokenOff, LumikuError, NotConnected, UnexpectedAnswer
from lumiku.forms import Form
from lumiku.sources import Source

T = TypeVar("T")

_BROKEN = (httpx.TransportError, WebSocketException, EOFError, ConnectionError, TimeoutError)
_OPEN_SOCKET_S = 10.0


class Abandoned(LumikuError):
    """Another of several operations failed or Ctrl-C came, so this one is not gone on with."""


def timeouts(read_s: float) -> httpx.Timeout:
    """A server that computes says nothing for a while, and then the whole answer at once."""
    return httpx.Timeout(connect=10.0, read=read_s, write=60.0, pool=None)


@dataclass(frozen=True)
class _Socket:
    """An open connection, and what closes it."""

    stack: Any
    connection: Any


class _ConnectAsync(connect_async):
    """Follows no redirect, which would take the key to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class SyncDriver:
    """Blocks the calling thread; may be used by several at once."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._abandoned = threading.Event()

    def run(self, operation: Operation[T]) -> T:
        """The outcome of `operation`; raises the exception that ended it."""
        with contextlib.closing(operation):
            try:
                effect = next(operation)
                while True:
                    try:
                        outcome = self._do(effect)
                    except Exception as problem:
                        effect = operation.throw(_translated(problem))
                    else:
                        effect = operation.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result

    def _do(self, effect: Effect) -> Any:
        if self._abandoned.is_set():
            raise Abandoned
        match effect:
            case effects.Send(request):
                return _reply(self._http.send(self._built(request)))
            case effects.Fetch():
                return self._fetch(effect)
            case effects.Sleep(seconds):
                if self._abandoned.wait(seconds):
                    raise Abandoned
                return None
            case effects.Together(operations, limit):
                return self._together(operations, limit)
            case effects.Connect(url, headers):
                stack = contextlib.ExitStack()
                opening = connect_sync(url, additional_headers=headers, open_timeout=_OPEN_SOCKET_S)
                return _Socket(stack, stack.enter_context(opening))
            case effects.Tell(socket, text):
                return socket.connection.send(text)
            case effects.Hear(socket, timeout):
                with contextlib.suppress(TimeoutError):
                    return socket.connection.recv(timeout=timeout)
                return None
            case effects.Disconnect(socket):
                return socket.stack.close()

    def _built(self, request: Request) -> httpx.Request:
        content = request.body.chunks() if request.body else None
        return _built(self._http, request, content)

    def _fetch(self, effect: effects.Fetch) -> Reply:
        answer = self._http.send(self._built(effect.request), stream=True)
        with contextlib.closing(answer):
            if not answer.is_success:
                answer.read()
                return _reply(answer)
            with _opened(effect, answer) as file:
                for chunk in answer.iter_raw():
                    file.write(chunk)
            return Reply(answer.status_code, _headers(answer), b"")

    def _together(self, operations: Iterable[Operation[Any]], limit: int) -> list[Any]:
        outcomes: dict[int, Any] = {}
        running: dict[Future[Any], int] = {}
        # Of its own, so that what is abandoned here goes on elsewhere.
        driver = SyncDriver(self._http)
        with ThreadPoolExecutor(limit, thread_name_prefix="lumiku") as pool:
            try:
                for position, operation in enumerate(operations):
                    if len(running) >= limit:
                        _collect(running, outcomes)
                    running[pool.submit(driver.run, operation)] = position
                while running:
                    _collect(running, outcomes)
            except BaseException:
                # Waits end at once, and nothing new begins; what is being sent comes to its end.
                driver._abandoned.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return [outcomes[position] for position in sorted(outcomes)]


class AsyncDriver:
    """The same on an event loop."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def run(self, operation: Operation[T]) -> T:
        """The outcome of `operation`; raises the exception that ended it."""
        with contextlib.closing(operation):
            try:
                effect = next(operation)
                while True:
                    try:
                        outcome = await self._do(effect)
                    except Exception as problem:
                        effect = operation.throw(_translated(problem))
                    else:
                        effect = operation.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result

    async def _do(self, effect: Effect) -> Any:
        match effect:
            case effects.Send(request):
                return _reply(await self._http.send(self._built(request)))
            case effects.Fetch():
                return await self._fetch(effect)
            case effects.Sleep(seconds):
                return await asyncio.sleep(seconds)
            case effects.Together(operations, limit):
                return await self._together(operations, limit)
            case effects.Connect(url, headers):
                stack = contextlib.AsyncExitStack()
                opening = _ConnectAsync(
                    url, additional_headers=headers, open_timeout=_OPEN_SOCKET_S
                )
                return _Socket(stack, await stack.enter_async_context(opening))
            case effects.Tell(socket, text):
                return await socket.connection.send(text)
            case effects.Hear(socket, timeout):
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(socket.connection.recv(), timeout)
                return None
            case effects.Disconnect(socket):
                return await socket.stack.aclose()

    def _built(self, request: Request) -> httpx.Request:
        content = _in_threads(request.body) if request.body else None
        return _built(self._http, request, content)

    async def _fetch(self, effect: effects.Fetch) -> Reply:
        answer = await self._http.send(self._built(effect.request), stream=True)
        async with contextlib.aclosing(answer):
            if not answer.is_success:
                await answer.aread()
                return _reply(answer)
            with _opened(effect, answer) as file:
                async for chunk in answer.aiter_raw():
                    await asyncio.to_thread(file.write, chunk)
            return Reply(answer.status_code, _headers(answer), b"")

    async def _together(self, operations: Iterable[Operation[Any]], limit: int) -> list[Any]:
        waiting = iter(enumerate(operations))
        outcomes: dict[int, Any] = {}

        async def work() -> None:
            for position, operation in waiting:
                outcomes[position] = await self.run(operation)

        workers = [asyncio.ensure_future(work()) for _ in range(limit)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        return [outcomes[position] for position in sorted(outcomes)]


def _translated(problem: Exception) -> Exception:
    if isinstance(problem, _BROKEN):
        broken = NotConnected(_described(problem))
        broken.__cause__ = problem
        return broken
    if isinstance(problem, (httpx.InvalidURL, httpx.DecodingError)):
        return UnexpectedAnswer(str(problem))
    return problem


def _described(problem: Exception) -> str:
    """Text of a broken connection with its server, which may not be the one a user had in mind."""
    text = str(problem) or type(problem).__name__
    if not isinstance(problem, httpx.RequestError):
        return text
    server = address.origin(str(problem.request.url))
    if isinstance(problem, (httpx.ConnectError, httpx.ConnectTimeout)):
        return f"{server} cannot be reached: {text}"
    return f"the connection to {server} broke: {text}"


def _built(http: httpx.Client | httpx.AsyncClient, request: Request, content: Any) -> httpx.Request:
    headers = dict(request.headers)
    if request.body is not None:
        headers.setdefault("Content-Type", request.body.content_type)
        headers["Content-Length"] = str(request.body.size)
    return http.build_request(
        request.method,
        request.url,
        headers=headers,
        params=dict(request.params) or None,
        json=request.json,
        content=content,
    )


async def _in_threads(body: Form | Source) -> AsyncIterator[bytes]:
    """The chunks of a body, whose files are read outside the event loop."""
    chunks = body.chunks()
    while chunk := await asyncio.to_thread(next, chunks, b""):
        yield chunk


def _headers(answer: httpx.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _reply(answer: httpx.Response) -> Reply:
    return Reply(answer.status_code, _headers(answer), answer.content)


@contextlib.contextmanager
def _opened(effect: effects.Fetch, answer: httpx.Response) -> Iterator[IO[bytes]]:
    """The target, positioned where the body goes: a server may ignore the range asked for.

    Raises BrokenOff when the connection breaks while it is written.
    """
    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT and effect.offset
    with effect.target.open("r+b" if resumed else "wb") as file:
        if resumed:
            file.seek(effect.offset)
            file.truncate()
        try:
            yield file
        except httpx.TransportError as problem:
            raise BrokenOff(_headers(answer)) from problem


def _collect(running: dict[Future[Any], int], outcomes: dict[int, Any]) -> None:
    """Wait for at least one operation, and keep what has ended; raises what one of them raised."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        outcomes[running.pop(future)] = future.result()
