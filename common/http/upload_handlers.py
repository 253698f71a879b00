"""Upload handler that keeps all files of a request in one unnamed temporary file.

Django would open a named file for each: hundreds of descriptors, and files that stay behind when
the process is killed.
"""

import tempfile
import threading
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from common.http.errors import ApiError
from common.storage.range_reader import window

# Each file has one of its own, for as long as the request takes.
_BUFFER = 4 * 1024
_IN_MEMORY = 1024 * 1024


class CountFiles(FileUploadHandler):
    """First in `FILE_UPLOAD_HANDLERS`: refuses a request with more files than most views expect.

    Django's own limit is one for all views, so it has to allow what the widest view allows.
    """

    max_files = 100
    _files = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._files += 1
        if self._files > self.max_files:
            raise TooManyFilesSent(f"more than {self.max_files} files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hands everything on to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class OneFileUploadHandler(FileUploadHandler):
    """Keeps the files of one request until `close`; small ones in memory, together.

    More than `max_files` of them raise `too_many`.
    """

    chunk_size = 512 * 1024

    def __init__(self, *, max_files: int, too_many: ApiError) -> None:
        super().__init__()
        self._max_files = max_files
        self._too_many = too_many
        self._files = 0
        self._start = 0
        self._shared = _Shared()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._files += 1
        if self._files > self._max_files:
            raise self._too_many
        super().new_file(*args, **kwargs)
        self._start = self._shared.size

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._shared.append(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        file = window(file_size, partial(self._shared.read, self._start), buffer=_BUFFER)
        return UploadedFile(file, self.file_name, self.content_type, file_size, self.charset)

    def close(self) -> None:
        """Forget all of it; the files can no longer be read."""
        self._shared.close()


class _Shared:
    """The temporary file; threads may read different parts of it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - `close` closes it
            max_size=_IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR
        )
        self.size = 0

    def append(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)

    def read(self, start: int, span: range) -> bytes:
        """The bytes at `span`, counted from `start`."""
        with self._lock:
            self._file.seek(start + span.start)
            return self._file.read(len(span))

    def close(self) -> None:
        self._file.close()
