"""Images to send: paths, bytes and open files, each readable as often as a retry needs it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypeAlias

Image: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]

CHUNK = 256 * 1024
_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpe": "image/jpeg",
    ".mpo": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
}
EXTENSIONS = frozenset(_TYPES)


class Source:
    """One image: its name, size and content type, and its bytes anew for every attempt.

    A path is opened when it is sent and not before, so that 500 of them need no 500 open files. An
    open file is read from where it stood; one that cannot seek is read into memory.
    """

    def __init__(self, image: Image, *, name: str | None = None) -> None:
        self._path: Path | None = None
        self._file: IO[bytes] | None = None
        self._data = b""
        self._start = 0
        if isinstance(image, (bytes, bytearray, memoryview)):
            self._data = bytes(image)
            self.size = len(self._data)
        elif isinstance(image, (str, os.PathLike)):
            self._path = Path(image)
            self.size = self._path.stat().st_size
        else:
            self._take(image)
        self.name = name or self._own_name(image)
        self.content_type = _TYPES.get(Path(self.name).suffix.lower(), "image/jpeg")

    def chunks(self) -> Iterator[bytes]:
        """Exactly `size` bytes; raises OSError for a file that has changed its size meanwhile."""
        if self._path is not None:
            with self._path.open("rb") as file:
                yield from self._read(file)
        elif self._file is not None:
            self._file.seek(self._start)
            yield from self._read(self._file)
        elif self._data:
            yield self._data

    def _read(self, file: IO[bytes]) -> Iterator[bytes]:
        left = self.size
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                raise OSError(f"{self.name} became shorter while it was sent")
            left -= len(chunk)
            yield chunk

    def _take(self, file: IO[bytes]) -> None:
        if not file.seekable():
            self._data = file.read()
            self.size = len(self._data)
            return
        self._file, self._start = file, file.tell()
        self.size = file.seek(0, os.SEEK_END) - self._start
        file.seek(self._start)

    def _own_name(self, image: object) -> str:
        if self._path is not None:
            return self._path.name
        name = getattr(image, "name", None)
        return Path(name).name if isinstance(name, str) and name else "image"
