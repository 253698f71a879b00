"""Answering with a file: streamed, in one range if asked, with constant memory."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import BinaryIO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from common import database

CHUNK = 256 * 1024
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class RangeNotSatisfiable(Exception):
    """The range asked for begins past the end."""


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
        raise RangeNotSatisfiable
    return range(start, stop)


def file_response(request: Request, file: BinaryIO, *, content_type: str) -> HttpResponseBase:
    """Answer with an open, seekable file on disk (200, 206, 304 or 416), and close it."""
    etag = _etag(file)
    size = file.seek(0, os.SEEK_END)
    headers = {"Accept-Ranges": "bytes", "ETag": etag}
    if etag in _listed(request.headers.get("If-None-Match", "")):
        return _without_body(file, 304, headers)
    try:
        part = _requested(request, etag, size)
    except RangeNotSatisfiable:
        return _without_body(file, 416, {**headers, "Content-Range": f"bytes */{size}"})
    span = range(size) if part is None else part
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    headers |= {"Content-Type": content_type, "Content-Length": str(len(span))}
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return _without_body(file, status, headers)
    database.release()
    chunks = _Chunks(file, span)
    body = _Pulled(chunks) if isinstance(request._request, ASGIRequest) else chunks
    return StreamingHttpResponse(body, status=status, headers=headers)


class _Chunks:
    """Iterates over a span of a file; used where the server iterates in a thread."""

    def __init__(self, file: BinaryIO, span: range) -> None:
        self._file = file
        self._left = len(span)
        file.seek(span.start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._file.read(min(CHUNK, self._left))
        if not chunk:
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


class _Pulled:
    """The same for an event loop: each read happens in a thread, one chunk at a time."""

    def __init__(self, chunks: _Chunks) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(next, self._chunks, b""):
            yield chunk

    def close(self) -> None:
        self._chunks.close()


def _requested(request: Request, etag: str, size: int) -> range | None:
    if request.headers.get("If-Range", etag) != etag:
        return None
    return parse_range(request.headers.get("Range", ""), size)


def _etag(file: BinaryIO) -> str:
    status = os.fstat(file.fileno())
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'


def _listed(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _without_body(file: BinaryIO, status: int, headers: dict[str, str]) -> HttpResponse:
    file.close()
    response = HttpResponse(status=status, headers=headers)
    if "Content-Type" not in headers:
        del response.headers["Content-Type"]
    return response
