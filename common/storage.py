"""The storage port: objects under keys, on disk or in S3, whichever `STORAGES` says.

A key is a relative path of plain names. An object is whole or not there, and is never
overwritten unless the caller says so.
"""

import io
import os
import re
import secrets
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages

_KEY = re.compile(r"(?!.*\.\.)[A-Za-z0-9_\-][A-Za-z0-9_.\-]*(/[A-Za-z0-9_\-][A-Za-z0-9_.\-]*)*")
_CHUNK = 1024 * 1024


class AlreadyStored(Exception):
    """There is an object under this key and `replace` was not asked for."""


def is_key(key: str) -> bool:
    return len(key) <= 255 and _KEY.fullmatch(key) is not None


def put(key: str, content: BinaryIO | bytes, *, content_type: str, replace: bool = False) -> None:
    """Store bytes, or a file from its current position, under `key`.

    Raises `AlreadyStored`, and `ValueError` for a malformed key.
    """
    storage = _storage(key)
    source = _as_file(content, content_type)
    if isinstance(storage, FileSystemStorage):
        _publish(Path(storage.path(key)), source, replace=replace)
    elif not replace and storage.exists(key):
        raise AlreadyStored(key)
    else:
        storage._save(key, source)  # type: ignore[attr-defined]  # `save` would pick another name


def open(key: str) -> BinaryIO:
    """A seekable file, to be closed by the caller; raises `FileNotFoundError`."""
    return _storage(key).open(key, "rb")  # type: ignore[return-value]


def read(key: str) -> bytes:
    """The whole object in memory; raises `FileNotFoundError`."""
    with open(key) as file:
        return file.read()


def delete(key: str) -> None:
    """Remove an object; one that is not there is fine."""
    _storage(key).delete(key)


def exists(key: str) -> bool:
    return _storage(key).exists(key)


def size(key: str) -> int:
    """Bytes; raises `FileNotFoundError`."""
    return _storage(key).size(key)


def presigned_url(key: str, *, lifetime_s: int, content_type: str, disposition: str) -> str | None:
    """An address at the object store itself, or None when files are served from disk."""
    storage: Any = _storage(key)
    if isinstance(storage, FileSystemStorage):
        return None
    parameters = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
    url: str = storage.url(key, parameters=parameters, expire=lifetime_s)
    return url


def _storage(key: str) -> Storage:
    if not is_key(key):
        raise ValueError(f"{key!r} is not a storage key")
    return storages["default"]


def _as_file(content: BinaryIO | bytes, content_type: str) -> "File[bytes]":
    source: File[bytes] = File(io.BytesIO(content) if isinstance(content, bytes) else content)
    source.content_type = content_type  # type: ignore[attr-defined]  # read by django-storages
    return source


def _publish(path: Path, source: "File[bytes]", *, replace: bool) -> None:
    """Write beside the target, then put it in place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            while chunk := source.read(_CHUNK):
                file.write(chunk)
        if replace:
            draft.replace(path)
        else:
            _link(draft, path)
    except FileExistsError:
        raise AlreadyStored(path.name) from None
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # Some mounted file systems have no hard links.
        if path.exists():
            raise FileExistsError(path) from None
        draft.replace(path)
