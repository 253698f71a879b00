"""All files of a request in one temporary file."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.test import Client

from billing.errors import BatchTooLarge
from common.http.upload_handlers import OneFileUploadHandler as Handler
from tests.common.http import error, multipart

KILOBYTE = 1024
FORM = "multipart/form-data; boundary=xyz"


@pytest.fixture
def handler() -> Iterator[Handler]:
    handler = Handler(max_files=3, too_many=BatchTooLarge())
    yield handler
    handler.close()


def add(handler: Handler, *chunks: bytes, name: str = "a.jpg") -> "UploadedFile[bytes]":
    handler.new_file("images", name, "image/jpeg", None)
    for chunk in chunks:
        handler.receive_data_chunk(chunk, 0)
    return handler.file_complete(sum(map(len, chunks)))


def open_files() -> list[str]:
    return [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]


def test_each_file_is_one_of_its_own(handler: Handler) -> None:
    first, second = add(handler, b"one", b" and more"), add(handler, b"two", name="b.png")
    assert (first.read(), second.read()) == (b"one and more", b"two")
    assert (first.name, first.size, first.content_type) == ("a.jpg", 12, "image/jpeg")
    assert (second.name, second.size) == ("b.png", 3)


def test_files_can_be_read_anywhere_and_again(handler: Handler) -> None:
    add(handler, b"before")
    file = add(handler, b"0123456789")
    add(handler, b"after")
    assert (file.seek(-3, os.SEEK_END), file.read(), file.read()) == (7, b"789", b"")
    assert (file.seek(2), file.read(2), file.seek(1, os.SEEK_CUR), file.read(2)) == (
        2,
        b"23",
        5,
        b"56",
    )
    assert (file.seek(99), file.read()) == (99, b"")
    assert b"".join(file.chunks()) == b"0123456789"


def test_an_empty_file(handler: Handler) -> None:
    assert (add(handler).read(), add(handler, b"x").read()) == (b"", b"x")


def test_many_may_read_at_once(handler: Handler) -> None:
    files = [add(handler, bytes([n]) * 300 * KILOBYTE) for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda file: set(file.read()), files)) == [{0}, {1}, {2}]


def test_too_many(handler: Handler) -> None:
    for _ in range(3):
        add(handler)
    with pytest.raises(BatchTooLarge):
        add(handler)


def test_large_ones_lie_in_one_file_without_a_name(
    tmp_path: Path, settings: Any, handler: Handler
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    large = Handler(max_files=3, too_many=BatchTooLarge())
    files = [add(large, b"x" * 500 * KILOBYTE) for _ in range(3)]
    assert list(tmp_path.iterdir()) == []
    assert len([name for name in open_files() if name.startswith(str(tmp_path))]) == 1
    large.close()
    assert [name for name in open_files() if name.startswith(str(tmp_path))] == []
    with pytest.raises(ValueError, match="closed"):
        files[0].read()


def test_views_that_expect_few_files_get_few() -> None:
    part = 'Content-Disposition: form-data; name="image"; filename="a.jpg"'
    body = multipart(*[(part, b"x")] * 101)
    answer = Client().generic("POST", "/upload", body, content_type=FORM)
    assert answer.status_code == 400
    assert error(answer)["message"] == "The request holds too many files"
