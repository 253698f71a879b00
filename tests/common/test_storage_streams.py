"""Objects that are written and read piece by piece, on disk."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common import storage
from common.storage.types import CHUNK
from tests.common.test_storage import KEY, root

__all__ = ["root"]

DATA = os.urandom(3 * CHUNK + 5)


class Died(BaseException):
    pass


def write(key: str = KEY, *pieces: bytes) -> None:
    with storage.writer(key, content_type="image/png") as out:
        for piece in pieces or (DATA,):
            out.write(piece)


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_pieces_written_in_turn_are_one_object(root: Path) -> None:
    with storage.writer(KEY, content_type="image/png") as out:
        out.write(b"one")
        out.write(b"two")
        assert out.size == 6
        assert not storage.exists(KEY)
    assert storage.read(KEY) == b"onetwo"
    assert files(root) == ["job_1-removed.png"]


@pytest.mark.parametrize("problem", [OSError, Died])
def test_a_block_that_raises_leaves_nothing(root: Path, problem: type[BaseException]) -> None:
    def fail() -> None:
        with storage.writer(KEY, content_type="image/png") as out:
            out.write(b"half")
            raise problem

    with pytest.raises(problem):
        fail()
    assert files(root) == []


def test_an_object_is_never_overwritten(root: Path) -> None:
    write(KEY, b"first")
    with pytest.raises(storage.AlreadyStored):
        write(KEY, b"second")
    assert storage.read(KEY) == b"first"


def test_of_two_writers_one_publishes(root: Path) -> None:
    def overtaken() -> None:
        with storage.writer(KEY, content_type="x") as out:
            write(KEY, b"faster")
            out.write(b"slower")

    with pytest.raises(storage.AlreadyStored):
        overtaken()
    assert storage.read(KEY) == b"faster"
    assert files(root) == ["job_1-removed.png"]


def test_a_stream_has_the_whole_object_in_chunks() -> None:
    write()
    stream = storage.stream(KEY)
    chunks = list(stream)
    stream.close()
    assert b"".join(chunks) == DATA
    assert max(map(len, chunks)) == CHUNK


@pytest.mark.parametrize("span", [range(0), range(1), range(5, CHUNK + 7), range(len(DATA))])
def test_a_stream_has_the_span_asked_for(span: range) -> None:
    write()
    stream = storage.stream(KEY, span=span)
    assert b"".join(stream) == DATA[span.start : span.stop]
    stream.close()


def test_a_stream_outlives_its_object() -> None:
    write()
    stream = storage.stream(KEY)
    next(stream)
    storage.delete(KEY)
    assert len(b"".join(stream)) == len(DATA) - CHUNK
    stream.close()


def test_a_stream_of_nothing_is_a_file_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        storage.stream(KEY)
    with pytest.raises(FileNotFoundError):
        storage.stat(KEY)


def test_stat_knows_size_and_version(root: Path) -> None:
    write(KEY, b"one")
    first = storage.stat(KEY)
    storage.put(KEY, b"two", content_type="x", replace=True)
    os.utime(root / KEY, ns=(1, 1))
    assert (first.size, storage.stat(KEY).size) == (3, 3)
    assert first.etag != storage.stat(KEY).etag


def test_a_folder_has_no_size() -> None:
    write()
    with pytest.raises(FileNotFoundError):
        storage.stat(KEY.rpartition("/")[0])


def test_a_copy_outlives_its_original() -> None:
    write()
    storage.copy(KEY, "uploads/copy.png")
    storage.delete(KEY)
    assert storage.read("uploads/copy.png") == DATA


def test_a_copy_overwrites_nothing_and_needs_an_original() -> None:
    write(KEY, b"one")
    write("uploads/other.png", b"two")
    with pytest.raises(storage.AlreadyStored):
        storage.copy(KEY, "uploads/other.png")
    with pytest.raises(FileNotFoundError):
        storage.copy("uploads/nothing.png", "uploads/copy.png")
    with pytest.raises(ValueError, match="not a storage key"):
        storage.copy("../etc/passwd", "uploads/copy.png")


def test_a_copy_without_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    write()

    def no_links(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    storage.copy(KEY, "uploads/copy.png")
    assert storage.read("uploads/copy.png") == DATA


class TestDrafts:
    """The draft that a process leaves when it dies while it writes."""

    def test_a_write_that_has_not_ended_is_a_draft_and_no_object(self) -> None:
        with storage.writer(KEY, content_type="x") as out:
            out.write(b"half")
            [draft] = storage.drafts("")
            assert draft.key == KEY
            assert datetime.now(UTC) - draft.started_at < timedelta(minutes=1)
            assert list(storage.listed("")) == []
        assert list(storage.drafts("")) == []

    @pytest.mark.parametrize("prefix", ["", "processed/", KEY[:-8], KEY])
    def test_it_is_found_by_any_beginning_of_its_key(self, prefix: str) -> None:
        with storage.writer(KEY, content_type="x"):
            assert [draft.key for draft in storage.drafts(prefix)] == [KEY]

    @pytest.mark.parametrize("prefix", ["uploads/", KEY + "x", "processed/background-remover/x"])
    def test_not_by_another(self, prefix: str) -> None:
        with storage.writer(KEY, content_type="x"):
            assert list(storage.drafts(prefix)) == []

    def test_a_writer_whose_draft_is_gone_cannot_publish(self, root: Path) -> None:
        def overtaken() -> None:
            with storage.writer(KEY, content_type="x") as out:
                out.write(b"half")
                [draft] = storage.drafts(KEY)
                storage.discard(draft)
                storage.discard(draft)

        with pytest.raises(FileNotFoundError):
            overtaken()
        assert files(root) == []


def test_listing_knows_every_object_under_a_prefix() -> None:
    for key in ("batches/a-1.zip", "batches/a-2.zip", "batches/ab-1.zip", "uploads/a-1.zip"):
        write(key, b"x")
    assert sorted(key for key, _ in storage.listed("batches/a-")) == [
        "batches/a-1.zip",
        "batches/a-2.zip",
    ]
    assert len(list(storage.listed("batches/"))) == 3
    assert list(storage.listed("nothing/")) == []


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is flushed to the disk from now on."""
    names: list[str] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def test_bytes_and_name_are_flushed_before_the_object_counts_as_stored(
    root: Path, flushed: list[str]
) -> None:
    write()
    draft, folder = flushed
    assert draft.endswith(".part")
    assert folder == "user_1"


def test_results_are_flushed_and_what_its_sender_still_has_is_not(
    root: Path, flushed: list[str]
) -> None:
    storage.put(KEY, DATA, content_type="image/png", durable=False)
    storage.copy(KEY, KEY.replace("job_1", "job_2"))
    assert flushed == []
    storage.put(KEY.replace("job_1", "job_3"), DATA, content_type="image/png")
    assert len(flushed) == 2
