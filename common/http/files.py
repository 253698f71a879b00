"""Responses that stream a stored file, in one range if asked, in constant memory."""

import asyncio
import re
from collections.abc import AsyncIterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from common import database, storage
from common.http.errors import RangeNotSatisfiable

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


def parse_range(header: str, size: int) -> range | None:
    """The bytes that a `Range` header asks for, or None for all of them.

    Several ranges, other units and malformed headers are ignored, as RFC 9110 allows. Raises
    `RangeNotSatisfiable`.
    """
    match = _RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= stop:
        raise RangeNotSatisfiable(size=size)
    return range(start, stop)


def file_response(request: Request, key: str, *, content_type: str) -> HttpResponseBase:
    """Answer with a stored object (200, 206 or 304).

    Raises `FileNotFoundError` and `RangeNotSatisfiable` (416).
    """
    found = storage.stat(key)
    headers = {"Accept-Ranges": "bytes", "ETag": found.etag}
    reading = request.method in ("GET", "HEAD")
    if reading and found.etag in _listed(request.headers.get("If-None-Match", "")):
        return _without_body(304, headers)
    part = _requested(request, found) if reading else None
    span = range(found.size) if part is None else part
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{found.size}"
    headers |= {"Content-Type": content_type, "Content-Length": str(len(span))}
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return _without_body(status, headers)
    chunks = storage.stream(key, span=span, etag=found.etag)
    database.release()
    body = _Pulled(chunks) if isinstance(request._request, ASGIRequest) else chunks
    return StreamingHttpResponse(body, status=status, headers=headers)


class _Pulled:
    """A stream for an event loop: each read happens in a thread, one chunk at a time."""

    def __init__(self, chunks: storage.Stream) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(next, self._chunks, b""):
            yield chunk

    def close(self) -> None:
        self._chunks.close()


def _requested(request: Request, found: storage.Stat) -> range | None:
    if request.headers.get("If-Range", found.etag) != found.etag:
        return None
    return parse_range(request.headers.get("Range", ""), found.size)


def _listed(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _without_body(status: int, headers: dict[str, str]) -> HttpResponse:
    response = HttpResponse(status=status, headers=headers)
    if "Content-Type" not in headers:
        del response.headers["Content-Type"]
    return response
