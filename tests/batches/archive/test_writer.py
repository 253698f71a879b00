import io
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batches.archive import manifest, writer
from removal.bulk import Image
from tests.batches.archive.test_manifest import rows


class Bytes:
    """A stream out of memory that remembers whether it was closed."""

    def __init__(self, data: bytes, *, breaks: bool = False) -> None:
        self._chunks = iter([data[:2], data[2:]] if data else [])
        self._breaks = breaks
        self.closed = False

    def __iter__(self) -> "Bytes":
        return self

    def __next__(self) -> bytes:
        if self._breaks:
            raise OSError("the line is cut")
        return next(self._chunks)

    def close(self) -> None:
        self.closed = True


def image(position: int, **changes: Any) -> Image:
    finished = Image(
        position=position,
        job_id=f"job_{position}",
        filename="photo.jpg",
        status="completed",
        result_key=f"results/{position}",
        result_size=4,
        result_format="png",
        result_width=2,
        result_height=1,
        price=8,
        error_code="",
        error_message="",
    )
    return replace(finished, **changes)


def stored(key: str) -> Bytes:
    return Bytes(key.encode()[-4:])


def written(images: list[Image], open: Any = stored) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(writer.pieces(images, open=open))))
    assert archive.testzip() is None
    return archive


def manifest_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return rows(archive.read(manifest.NAME))


def test_every_finished_image_is_an_entry_in_order() -> None:
    archive = written([image(0), image(1, filename="b.jpg", result_format="webp")])
    assert archive.namelist() == ["removed-photo.png", "removed-b.webp", "manifest.csv"]
    assert archive.read("removed-photo.png") == b"ts/0"
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_unfinished_images_are_only_in_the_manifest() -> None:
    lost = image(1, status="failed", result_key="", error_code="X", error_message="broken",
                 result_size=None, result_width=None, result_height=None)  # fmt: skip
    archive = written([image(0), lost, image(2, status="cancelled", result_key="")])
    assert archive.namelist() == ["removed-photo.png", "manifest.csv"]
    listed = [(line["status"], line["entry"], line["credits"]) for line in manifest_of(archive)]
    assert listed == [
        ("completed", "removed-photo.png", "8"),
        ("failed", "", "0"),
        ("cancelled", "", "0"),
    ]
    assert manifest_of(archive)[1]["message"] == "broken"


@pytest.mark.parametrize("key", ["", "gone"], ids=["erased", "vanished"])
def test_a_result_that_is_gone_is_left_out_and_the_manifest_says_so(key: str) -> None:
    def open_(key: str) -> Bytes:
        if key == "gone":
            raise FileNotFoundError
        return stored(key)

    archive = written([image(0, result_key=key), image(1)], open_)
    assert archive.namelist() == ["removed-photo-2.png", "manifest.csv"]
    first, second = manifest_of(archive)
    assert (first["status"], first["entry"], first["code"]) == ("completed", "", "RESULT_GONE")
    assert (second["entry"], second["code"]) == ("removed-photo-2.png", "")


def test_names_do_not_depend_on_what_is_still_there() -> None:
    images = [image(0), image(1)]
    later = [replace(images[0], result_key=""), images[1]]
    assert writer.entries(images) == writer.entries(later)


def test_every_stream_is_closed_even_the_one_that_breaks() -> None:
    opened: list[Bytes] = []

    def open_(key: str) -> Bytes:
        opened.append(Bytes(b"data", breaks=len(opened) == 1))
        return opened[-1]

    with pytest.raises(OSError, match="the line is cut"):
        written([image(0), image(1), image(2)], open_)
    assert [stream.closed for stream in opened] == [True, True]


def test_nothing_is_read_before_it_is_needed() -> None:
    opened: list[str] = []

    def open_(key: str) -> Bytes:
        opened.append(key)
        return stored(key)

    pieces = writer.pieces([image(0), image(1)], open=open_)
    next(pieces)
    assert opened == ["results/0"]


def test_a_batch_without_any_result_is_still_a_valid_archive() -> None:
    assert written([image(0, status="failed", result_key="")]).namelist() == ["manifest.csv"]


def test_an_empty_result_is_an_empty_entry() -> None:
    assert written([image(0, result_size=0)], lambda _: Bytes(b"")).read("removed-photo.png") == b""


def test_other_programs_open_it(tmp_path: Path) -> None:
    path = tmp_path / "batch.zip"
    path.write_bytes(
        b"".join(writer.pieces([image(0), image(1, filename="写真.jpg")], open=stored))
    )
    listed = subprocess.run(["unzip", "-tq", path], capture_output=True, text=True, check=False)
    assert listed.returncode == 0, listed.stdout


def test_an_archive_over_four_gigabytes_is_zip64() -> None:
    """The middle of the archive is counted, not kept."""
    piece = bytes(1024 * 1024)

    class Long(Bytes):
        def __init__(self) -> None:
            super().__init__(b"")
            self._chunks = iter(_repeated(piece, 1025))

    head, size = b"", 0
    for part in writer.pieces([image(n, result_size=len(piece) * 1025) for n in range(4)],
                              open=lambda _: Long()):  # fmt: skip
        size += len(part)
        head = (head + part)[-4096:]
    assert size > 2**32
    assert b"PK\x06\x06" in head
    assert b"PK\x06\x07" in head


def _repeated(piece: bytes, times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield piece
