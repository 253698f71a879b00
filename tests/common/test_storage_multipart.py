"""The same over S3, where an unfinished write is a multipart upload, and answers get lost."""

import os
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from common import storage
from common.storage import objects
from tests.common.test_storage_s3 import KEY, _bucket, endpoint
from tests.flaky import Proxy

__all__ = ["_bucket", "endpoint"]

pytestmark = pytest.mark.s3

PART = 5 * 1024 * 1024
DATA = os.urandom(2 * PART + 1000)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As small as S3 allows."""
    monkeypatch.setattr(objects, "PART", PART)


class Scripted(Proxy):
    """Meets the requests whose method and path hold `word` with `fate`, `times` times."""

    word, times, doom = "", 0, "lost"

    def fate(self, request: str) -> str:
        if self.word and self.word in request and self.times:
            self.times -= 1
            return self.doom
        return "answered"


@pytest.fixture
def proxy(endpoint: str, settings: Any, _bucket: None) -> Iterator[Scripted]:
    proxy = Scripted(urlsplit(endpoint).port or 0, 0, 0)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{proxy.server_port}"}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}
    yield proxy
    proxy.shutdown()
    thread.join()
    proxy.server_close()


def write(data: bytes = DATA) -> None:
    with storage.writer(KEY, content_type="application/zip") as out:
        for at in range(0, len(data), 1_000_000):
            out.write(data[at : at + 1_000_000])
        assert out.size == len(data)


@pytest.mark.parametrize("size", [0, 10, PART, PART + 1, len(DATA)])
def test_pieces_written_in_turn_are_one_object(size: int) -> None:
    write(DATA[:size])
    assert storage.read(KEY) == DATA[:size]
    assert list(storage.drafts("")) == []


def test_a_block_that_raises_leaves_neither_object_nor_parts() -> None:
    def fail() -> None:
        with storage.writer(KEY, content_type="x") as out:
            out.write(DATA)
            assert [draft.key for draft in storage.drafts(KEY[:-4])] == [KEY]
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        fail()
    assert not storage.exists(KEY)
    assert list(storage.drafts("")) == []


def test_a_writer_whose_parts_are_discarded_cannot_publish() -> None:
    def overtaken() -> None:
        with storage.writer(KEY, content_type="x") as out:
            out.write(DATA)
            [draft] = storage.drafts("processed/")
            storage.discard(draft)
            storage.discard(draft)
            assert list(storage.drafts("")) == []

    with pytest.raises(ClientError):
        overtaken()
    assert not storage.exists(KEY)


def test_an_object_is_never_overwritten() -> None:
    write(b"one")
    with pytest.raises(storage.AlreadyStored):
        write(b"two")


@pytest.mark.parametrize("span", [None, range(0), range(1), range(5, PART), range(len(DATA))])
def test_a_stream_has_what_was_asked_for(span: range | None) -> None:
    write()
    wanted = DATA if span is None else DATA[span.start : span.stop]
    stream = storage.stream(KEY, span=span, etag=storage.stat(KEY).etag)
    assert b"".join(stream) == wanted
    stream.close()


def test_a_stream_of_another_version_or_of_nothing_is_a_file_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        storage.stream(KEY)
    with pytest.raises(FileNotFoundError):
        storage.stat(KEY)
    write(b"one")
    with pytest.raises(FileNotFoundError):
        storage.stream(KEY, etag='"another"')


def test_a_stream_goes_on_where_its_connection_broke() -> None:
    write()
    stream: Any = storage.stream(KEY)
    first = next(stream)
    stream._body.close()
    stream._body = _Broken()
    assert first + b"".join(stream) == DATA
    stream.close()


class _Broken:
    def read(self, _: int) -> bytes:
        raise ConnectionResetError

    def close(self) -> None:
        pass


def test_listing_and_copies() -> None:
    write(b"one")
    storage.copy(KEY, "uploads/copy.png")
    assert [key for key, _ in storage.listed("uploads/")] == ["uploads/copy.png"]
    with pytest.raises(storage.AlreadyStored):
        storage.copy(KEY, "uploads/copy.png")
    with pytest.raises(FileNotFoundError):
        storage.copy("uploads/nothing.png", "uploads/other.png")
    storage.delete(KEY)
    assert storage.read("uploads/copy.png") == b"one"
    storage.delete("uploads/copy.png")


@pytest.mark.parametrize("doom", ["refused", "lost"])
@pytest.mark.parametrize("word", ["POST /lumiku", "PUT /lumiku", "uploadId", "partNumber=2"])
def test_a_failure_on_the_way_is_repaired(proxy: Scripted, word: str, doom: str) -> None:
    proxy.word, proxy.times, proxy.doom = word, 1, doom
    write()
    assert storage.read(KEY) == DATA


def test_a_completed_upload_whose_answer_is_lost_is_not_a_failure(proxy: Scripted) -> None:
    proxy.word, proxy.times = f"POST /lumiku/{KEY}?uploadId", 1
    write()
    assert storage.read(KEY) == DATA


def test_an_upload_that_was_begun_twice_leaves_nothing(proxy: Scripted) -> None:
    proxy.word, proxy.times = f"POST /lumiku/{KEY}?uploads", 1
    write()
    assert list(storage.drafts("")) == []
