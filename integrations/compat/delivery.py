"""Answers with a callback for the moment when they have been sent."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, connections
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from rest_framework.request import Request

from common import database, storage
from common.http import media
from removal.services import Job

CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}

logger = logging.getLogger(__name__)
Then = Callable[[], None]
Pieces = Callable[[], Iterator[bytes]]
_noting: "set[asyncio.Future[None]]" = set()


def _nothing() -> None:
    """The callback of answers after which nothing is stored."""


def json_answer(
    request: Request, body: Any, *, then: Then, status: int = 200
) -> StreamingHttpResponse:
    """JSON of any size. `then` is called when it has been handed over, as for `file_answer`."""
    data = json.dumps(body).encode()
    answer = _answer(request, lambda: iter([data]), "application/json", len(data), then)
    answer.status_code = status
    return answer


def file_answer(
    request: Request,
    key: str,
    *,
    content_type: str,
    name: str,
    then: Then = _nothing,
    as_attachment: bool = False,
) -> StreamingHttpResponse:
    """A stored file under a name. `then` is called when the last byte has been handed over, and
    not at all when the caller has gone. Raises `FileNotFoundError`.
    """
    size = storage.stat(key).size
    answer = _answer(request, lambda: _pieces(key), content_type, size, then)
    disposition = content_disposition_header(as_attachment=as_attachment, filename=name)
    answer.headers["Content-Disposition"] = disposition or "inline"
    return answer


def described(answer: HttpResponseBase, job: Job) -> HttpResponseBase:
    """The answer with headers that name the job, its model and its price."""
    answer.headers["X-Model"] = job.model_name
    answer.headers["X-Job-Id"] = job.public_id
    answer.headers["X-Credits-Charged"] = str(job.credits_used)
    return answer


def _answer(
    request: Request, pieces: Pieces, content_type: str, size: int, then: Then
) -> StreamingHttpResponse:
    database.release()
    is_async = isinstance(request._request, ASGIRequest)
    content: Any = _sent_async(pieces, size, then) if is_async else _sent(pieces, then)
    answer = StreamingHttpResponse(content, content_type=content_type)
    answer.headers["Content-Length"] = str(size)
    media.guarded(answer)
    return answer


def _pieces(key: str) -> Iterator[bytes]:
    """The file in pieces; it is opened with the first one, so that a client that has disconnected
    leaves no open file.
    """
    stream = storage.stream(key)
    try:
        yield from stream
    finally:
        stream.close()


def _sent(pieces: Pieces, then: Then) -> Iterator[bytes]:
    yield from pieces()
    _call(then)


async def _sent_async(pieces: Pieces, size: int, then: Then) -> AsyncIterator[bytes]:
    """The pieces for an event loop: each read happens in a thread, one piece at a time.

    A client may close as soon as it has the last byte, which cancels this. So nothing is awaited
    between that byte and `then`, which runs to its end in any case.
    """
    source, left = pieces(), size
    try:
        while left > 0 and (piece := await asyncio.to_thread(next, source, b"")):
            left -= len(piece)
            yield piece
    finally:
        if isinstance(source, Generator):
            source.close()
    noted = asyncio.ensure_future(asyncio.to_thread(_call_apart, then))
    # The event loop itself keeps no reference to a task.
    _noting.add(noted)
    noted.add_done_callback(_noting.discard)
    await asyncio.shield(noted)


def _call_apart(then: Then) -> None:
    """Call it in a thread of its own and give back that thread's database connection."""
    try:
        _call(then)
    finally:
        connections.close_all()


def _call(then: Then) -> None:
    try:
        then()
    except DatabaseError:
        # The caller has the answer; the same request again would get it once more.
        logger.exception("that an answer was sent could not be written down")
