"""Asking storage for many uploads, several at once: their headers, presence, deletion."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial

from batches.models import Upload
from common import storage
from common.http.errors import ApiError
from common.storage.range_reader import window
from removal import intake
from removal.engine.probe import Probe

# Enough for nearly every header; what a camera puts before it is skipped, not read.
BLOCK = 16 * 1024
_AT_ONCE = 8


@dataclass(frozen=True)
class Inspected:
    """An upload whose object is there. Either its header is fine, or `problem` says what is not.

    `size` is what the object really has, in bytes.
    """

    upload: Upload
    size: int
    probe: Probe | None = None
    problem: ApiError | None = None


def inspect(uploads: Sequence[Upload], *, field: str) -> list[Inspected | None]:
    """Look at all of them, several at once; None for an object that is not there."""
    return list(_pool().map(lambda upload: _inspect(upload, field), uploads))


def present(uploads: Sequence[Upload]) -> list[bool]:
    """Whether the file of each is there."""
    return list(_pool().map(lambda upload: storage.exists(upload.key), uploads))


def delete_files(uploads: Sequence[Upload]) -> None:
    list(_pool().map(lambda upload: storage.delete(upload.key), uploads))


def _inspect(upload: Upload, field: str) -> Inspected | None:
    try:
        size = storage.stat(upload.key).size
        return _probed(upload, size, field)
    except FileNotFoundError:
        return None


def _probed(upload: Upload, size: int, field: str) -> Inspected:
    if size != upload.size:
        return Inspected(upload, size)
    file = window(size, partial(_fetch, upload.key), buffer=BLOCK)
    try:
        checked = intake.check(intake.Upload(file, upload.filename), field=field)
    except ApiError as problem:
        return Inspected(upload, size, problem=problem)
    return Inspected(upload, size, probe=checked.probe)


def _fetch(key: str, span: range) -> bytes:
    with closing(storage.stream(key, span=span)) as stream:
        return b"".join(stream)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """Kept: each thread has a connection to the object store that takes long to make."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="uploads")
