"""Answers that know when they have been sent."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

logger = logging.getLogger(__name__)
Then = Callable[[], None]


def json_answer(request: Request, body: Any) -> StreamingHttpResponse:
    """JSON of any size as a stream of one piece, so that its end can be noticed."""
    data = json.dumps(body).encode()
    is_async = isinstance(request._request, ASGIRequest)
    answer = StreamingHttpResponse(
        _one_async(data) if is_async else iter([data]), content_type="application/json"
    )
    answer.headers["Content-Length"] = str(len(data))
    return answer


def when_sent(answer: HttpResponseBase, then: Then) -> HttpResponseBase:
    """Call `then` when the last byte has been handed over; not at all when the caller has gone."""
    if isinstance(answer, StreamingHttpResponse):
        content: Any = answer.streaming_content
        answer.streaming_content = (
            _noticed_async(content, then) if answer.is_async else _noticed(content, then)
        )
    return answer


async def _one_async(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _noticed_async(content: AsyncIterator[bytes], then: Then) -> AsyncIterator[bytes]:
    async for part in content:
        yield part
    await sync_to_async(_call)(then)


def _noticed(content: Iterator[bytes], then: Then) -> Iterator[bytes]:
    yield from content
    _call(then)


def _call(then: Then) -> None:
    try:
        then()
    except DatabaseError:
        # The caller has the answer; the same request again would get it once more.
        logger.exception("that an answer was sent could not be written down")
