"""Types shared by both kinds of storage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CHUNK = 256 * 1024


class AlreadyStored(Exception):
    """An object lies under this key, and replacing it was not requested."""


@dataclass(frozen=True)
class Stat:
    """Bytes, and a quoted entity tag that changes with the content."""

    size: int
    etag: str


@dataclass(frozen=True)
class Draft:
    """A write that has not ended; `handle` is for `discard` alone."""

    key: str
    started_at: datetime
    handle: str


class Stream(Protocol):
    """Iterates over the bytes of an object in chunks."""

    def __iter__(self) -> "Stream": ...

    def __next__(self) -> bytes: ...

    def close(self) -> None: ...


class Writer(Protocol):
    """Takes the bytes of an object in order."""

    @property
    def size(self) -> int:
        """The number of bytes written so far."""
        ...

    def write(self, data: bytes) -> None: ...
