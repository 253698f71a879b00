"""Storage on disk: files are written aside, flushed if they must last, then linked into place."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from common.storage.types import CHUNK, AlreadyStored, Draft, Stat

_SUFFIX = ".part"
# A file name may have 255 bytes; a draft's is longer than its object's by 22.
_LONGEST = 230


class Writer:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)


class Stream:
    """A span of a file; one that was deleted meanwhile can still be read to its end."""

    def __init__(self, storage: Any, key: str, span: range | None) -> None:
        self._file = Path(storage.path(key)).open("rb")  # noqa: SIM115 - `close` closes it
        self._left = os.fstat(self._file.fileno()).st_size if span is None else len(span)
        self._file.seek(0 if span is None else span.start)

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        chunk = self._file.read(min(CHUNK, self._left))
        if not chunk:
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()


def put(storage: Any, key: str, source: Any, *, replace: bool, durable: bool) -> None:
    with _publishing(storage, key, replace=replace, durable=durable) as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)


def copy(storage: Any, source: str, target: str) -> None:
    """A second name for the same bytes where the file system can, else a copy."""
    path = Path(storage.path(target))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(storage.path(source), path)
    except FileExistsError:
        raise AlreadyStored(target) from None
    except FileNotFoundError:
        raise
    except OSError:
        with Path(storage.path(source)).open("rb") as file:
            put(storage, target, file, replace=False, durable=False)


@contextmanager
def writing(storage: Any, key: str) -> Iterator[Writer]:
    if storage.exists(key):
        raise AlreadyStored(key)
    with _publishing(storage, key, replace=False, durable=True) as file:
        yield Writer(file)


def stat(storage: Any, key: str) -> Stat:
    path = Path(storage.path(key))
    status = path.stat()
    if not path.is_file():
        raise FileNotFoundError(key)
    return Stat(status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"')


def listed(storage: Any, prefix: str) -> Iterator[tuple[str, datetime]]:
    for path, key in _files(storage, prefix):
        if not path.name.startswith(".") and (changed := _changed(path)):
            yield key, changed


def drafts(storage: Any, prefix: str) -> Iterator[Draft]:
    for path, key in _files(storage, "".join(prefix.rpartition("/")[:2])):
        if path.name.startswith(".") and path.name.endswith(_SUFFIX):
            name = path.name[1:].removesuffix(_SUFFIX).rpartition(".")[0]
            meant = key[: -len(path.name)] + name
            if meant.startswith(prefix) and (changed := _changed(path)):
                yield Draft(meant, changed, str(path))


def discard(storage: Any, draft: Draft) -> None:
    Path(draft.handle).unlink(missing_ok=True)


@contextmanager
def _publishing(storage: Any, key: str, *, replace: bool, durable: bool) -> Iterator[BinaryIO]:
    """Yields a draft; when the block ends well it is in its place, and on the disk if `durable`."""
    path = Path(storage.path(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:_LONGEST]}.{secrets.token_hex(8)}{_SUFFIX}")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            _link(draft, path)
        if durable:
            _sync_folder(path.parent)
    except FileExistsError:
        raise AlreadyStored(key) from None
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:
        # Some mounted file systems have no hard links.
        if path.exists():
            raise FileExistsError(path) from None
        draft.replace(path)


def _sync_folder(folder: Path) -> None:
    """Flush a folder's entries; without that, a power cut may lose the name of a stored file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(storage: Any, prefix: str) -> Iterator[tuple[Path, str]]:
    root = Path(storage.location)
    folder = prefix.rpartition("/")[0]
    for parent, _, names in os.walk(root / folder):
        for name in names:
            path = Path(parent, name)
            key = path.relative_to(root).as_posix()
            if key.startswith(prefix):
                yield path, key


def _changed(path: Path) -> datetime | None:
    """Time of the last change; None for a file that was deleted a moment ago."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
