"""The storage port: objects under keys, on disk or in S3, whichever `STORAGES` says.

A key is a relative path of plain names. An object is whole or not there, and is never
overwritten unless the caller says so. What a process leaves half-written when it dies is a draft:
no object, listed by `drafts` and thrown away by `discard`.
"""

import io
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, BinaryIO

from django.core.files.storage import FileSystemStorage, Storage, storages

from common.storage import disk, objects
from common.storage.types import AlreadyStored, Draft, Stat, Stream, Writer

__all__ = ["AlreadyStored", "Draft", "Stat", "Stream", "Writer"]

_KEY = re.compile(r"(?!.*\.\.)[A-Za-z0-9_\-][A-Za-z0-9_.\-]*(/[A-Za-z0-9_\-][A-Za-z0-9_.\-]*)*")


def is_key(key: str) -> bool:
    return len(key) <= 255 and _KEY.fullmatch(key) is not None


def put(
    key: str,
    content: BinaryIO | bytes,
    *,
    content_type: str,
    replace: bool = False,
    durable: bool = True,
) -> None:
    """Store bytes, or a file from its current position, under `key`.

    What is not `durable` may be lost in a power cut: fit for what its sender still has. Raises
    `AlreadyStored`, and `ValueError` for a malformed key.
    """
    storage = _storage(key)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    if isinstance(storage, FileSystemStorage):
        disk.put(storage, key, source, replace=replace, durable=durable)
    else:
        objects.put(storage, key, source, content_type=content_type, replace=replace)


def copy(source: str, target: str) -> None:
    """Store the object of `source` under `target` as well; deleting one leaves the other.

    It is as durable as the original was. Raises `FileNotFoundError`, `AlreadyStored`, and
    `ValueError` for a malformed key.
    """
    storage = _storage(target)
    if not is_key(source):
        raise ValueError(f"{source!r} is not a storage key")
    if isinstance(storage, FileSystemStorage):
        disk.copy(storage, source, target)
    else:
        objects.copy(storage, source, target)


def writer(key: str, *, content_type: str) -> AbstractContextManager[Writer]:
    """Write an object piece by piece in constant memory.

    It appears whole when the block ends, and not at all when the block raises; a process that
    dies in it leaves a draft. Raises `AlreadyStored`, and `ValueError` for a malformed key.
    """
    storage = _storage(key)
    if isinstance(storage, FileSystemStorage):
        return disk.writing(storage, key)
    return objects.writing(storage, key, content_type=content_type)


def open(key: str) -> BinaryIO:
    """A seekable file, to be closed by the caller; raises `FileNotFoundError`."""
    return _storage(key).open(key, "rb")  # type: ignore[return-value]


def read(key: str) -> bytes:
    """The whole object in memory; raises `FileNotFoundError`."""
    with open(key) as file:
        return file.read()


def stream(key: str, *, span: range | None = None, etag: str = "") -> Stream:
    """The object's bytes, or the `span` of them, in chunks and constant memory.

    With `etag` only that version will do. To be closed by the caller; raises `FileNotFoundError`
    at once, and while it is read what the object store raises when it stays unavailable.
    """
    storage = _storage(key)
    if isinstance(storage, FileSystemStorage):
        return disk.Stream(storage, key, span)
    return objects.Stream(storage, key, span, etag)


def stat(key: str) -> Stat:
    """Size and version; raises `FileNotFoundError`."""
    storage = _storage(key)
    found: Stat = _backend(storage).stat(storage, key)
    return found


def delete(key: str) -> None:
    """Remove an object; one that is not there is fine."""
    _storage(key).delete(key)


def exists(key: str) -> bool:
    return _storage(key).exists(key)


def size(key: str) -> int:
    """Bytes; raises `FileNotFoundError`."""
    return _storage(key).size(key)


def listed(prefix: str) -> Iterator[tuple[str, datetime]]:
    """Every object whose key begins with `prefix`, with the time of its last change."""
    storage = storages["default"]
    found: Iterator[tuple[str, datetime]] = _backend(storage).listed(storage, prefix)
    return found


def drafts(prefix: str) -> Iterator[Draft]:
    """Drafts, in progress or abandoned, of objects whose keys begin with `prefix`."""
    storage = storages["default"]
    found: Iterator[Draft] = _backend(storage).drafts(storage, prefix)
    return found


def discard(draft: Draft) -> None:
    """Throw a draft away; its writer, if there still is one, will fail to publish."""
    storage = storages["default"]
    _backend(storage).discard(storage, draft)


def presigned_url(key: str, *, lifetime_s: int, content_type: str, disposition: str) -> str | None:
    """An address at the object store itself, or None when files are served from disk."""
    storage = _storage(key)
    if isinstance(storage, FileSystemStorage):
        return None
    return objects.presigned_get(
        storage, key, lifetime_s=lifetime_s, content_type=content_type, disposition=disposition
    )


def presigned_put(key: str, *, lifetime_s: int, content_type: str, size: int) -> str | None:
    """An address at the object store that takes this object by PUT, with exactly this
    Content-Type and Content-Length; None when files are kept on disk.
    """
    storage = _storage(key)
    if isinstance(storage, FileSystemStorage):
        return None
    return objects.presigned_put(
        storage, key, lifetime_s=lifetime_s, content_type=content_type, size=size
    )


def _backend(storage: Storage) -> Any:
    return disk if isinstance(storage, FileSystemStorage) else objects


def _storage(key: str) -> Storage:
    if not is_key(key):
        raise ValueError(f"{key!r} is not a storage key")
    return storages["default"]
