"""Seekable file over a stored object that fetches only the ranges that are read."""

import io
import os
from collections.abc import Callable
from typing import Any

Fetch = Callable[[range], bytes]


def window(size: int, fetch: Fetch, *, buffer: int) -> io.BufferedReader:
    """A seekable file of `size` bytes; `fetch` returns those at the given positions.

    At least `buffer` bytes are fetched at a time, as far as there are any.
    """
    return io.BufferedReader(_Window(size, fetch), buffer)


class _Window(io.RawIOBase):
    def __init__(self, size: int, fetch: Fetch) -> None:
        self._size = size
        self._fetch = fetch
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        stop = min(self._position + len(buffer), self._size)
        data = self._fetch(range(self._position, stop)) if stop > self._position else b""
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position
