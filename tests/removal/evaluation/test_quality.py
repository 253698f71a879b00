"""`python -m benchmarks.quality`: a row for each tier and model, and one contact sheet."""

from pathlib import Path

import pytest
from PIL import Image

from benchmarks import quality
from removal.engine.registry import TIERS
from tests.removal.evaluation.factories import pair


def run(home: Path, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setenv("U2NET_HOME", str(home))
    folders = ("--images", home / "photos", "--masks", home / "masks")
    monkeypatch.setattr("sys.argv", ["quality", *map(str, (*folders, *arguments))])
    quality.main()


def test_every_tier_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pair(tmp_path)
    run(tmp_path, monkeypatch, "--only", "grabcut", *TIERS)
    first, _, *rows = capsys.readouterr().out.splitlines()
    assert first == "1 photos"
    assert [row.split()[0] for row in rows] == ["grabcut", *TIERS]
    assert all(row.endswith("lumiku-lite by onnxruntime CPUExecutionProvider") for row in rows[1:])


def test_draws_one_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair(tmp_path)
    sheet = tmp_path / "sheet.png"
    run(tmp_path, monkeypatch, "--only", "grabcut", "basic", "--sheet", sheet)
    with Image.open(sheet) as picture:
        assert picture.width == 4 * 192
