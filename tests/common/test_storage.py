import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from common import storage

KEY = "processed/background-remover/user_1/job_1-removed.png"


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    options = {"location": tmp_path, "allow_overwrite": False}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": options,
        },
    }
    return tmp_path


def put(key: str = KEY, content: Any = b"one", **kwargs: Any) -> None:
    storage.put(key, content, content_type="image/png", **kwargs)


def test_a_stored_object_can_be_read_measured_and_deleted() -> None:
    put()
    assert (storage.read(KEY), storage.size(KEY), storage.exists(KEY)) == (b"one", 3, True)
    storage.delete(KEY)
    assert not storage.exists(KEY)


def test_a_file_is_stored_from_where_it_stands() -> None:
    file = io.BytesIO(b"skipped and kept")
    file.seek(12)
    put(content=file)
    assert storage.read(KEY) == b"kept"


def test_an_object_is_never_overwritten_silently(root: Path) -> None:
    put()
    with pytest.raises(storage.AlreadyStored):
        put(content=b"two")
    assert storage.read(KEY) == b"one"
    assert [path.name for path in root.rglob("*.*")] == ["job_1-removed.png"]


def test_an_object_is_replaced_when_asked_for() -> None:
    put()
    put(content=b"two", replace=True)
    assert storage.read(KEY) == b"two"


def test_a_file_system_without_hard_links_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    put()
    with pytest.raises(storage.AlreadyStored):
        put(content=b"two")
    assert storage.read(KEY) == b"one"


def test_one_of_many_writers_wins() -> None:
    won = []

    def write(number: int) -> None:
        try:
            put(content=str(number).encode())
            won.append(number)
        except storage.AlreadyStored:
            pass

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [storage.read(KEY)] == [str(number).encode() for number in won]


def test_a_write_that_fails_leaves_nothing(root: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("disk on fire")

    with pytest.raises(OSError, match="on fire"):
        put(content=Broken())
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_a_missing_object_is_a_file_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        storage.open(KEY)
    with pytest.raises(FileNotFoundError):
        storage.size(KEY)
    storage.delete(KEY)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/./b", ".hidden", "a/.b", "a\0b", "a\nb",
     "a\\b", "a/", "é", "a b", "a" * 256, "x/..", "a..b"],
)  # fmt: skip
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        put(key)
    assert not storage.is_key(key)


def test_files_on_disk_have_no_address_of_their_own() -> None:
    put()
    url = storage.presigned_url(KEY, lifetime_s=60, content_type="image/png", disposition="inline")
    assert url is None
