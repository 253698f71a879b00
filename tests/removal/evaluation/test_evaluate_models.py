"""`manage.py evaluate_models`: what it asks for, and what it says."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django import Settings

from removal.engine import session
from tests.removal.engine.factories import FlatPredictor
from tests.removal.evaluation.factories import pair, truth


def run(home: Path, *arguments: object) -> str:
    out = io.StringIO()
    folders = ("--images", home / "photos", "--masks", home / "masks")
    call_command("evaluate_models", *map(str, (*folders, *arguments)), stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _no_other_models(tmp_path: Path, settings: Settings) -> None:
    settings.MODEL_HOME = tmp_path
    settings.FAST_INFERENCE = False


def test_scores_and_draws(tmp_path: Path) -> None:
    pair(tmp_path)
    said = run(tmp_path, "--sheet", tmp_path / "sheet.png")
    head, columns, grabcut, built_in = said.splitlines()
    assert head.startswith("1 images; ")
    assert "2 px where the long side has 448" in head
    assert "boundary F" in columns
    assert grabcut.endswith(" opencv")
    assert built_in.startswith("lumiku-lite ")
    assert built_in.endswith(" onnxruntime CPUExecutionProvider")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.width == 4 * 192


def test_draws_nothing_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("removal.evaluation.sheet.Sheet.__init__", None)
    pair(tmp_path)
    assert "grabcut" in run(tmp_path)


def test_uses_the_fast_engine_where_it_is_permitted(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "accelerate", lambda *_, **__: FlatPredictor(engine="quick"))
    settings.FAST_INFERENCE = True
    pair(tmp_path)
    assert run(tmp_path).endswith(" quick\n")


def test_open_outlines_have_no_boundary_f(tmp_path: Path) -> None:
    mask = truth()
    mask[:, :8] = 128
    pair(tmp_path, mask=mask)
    (line,) = (line for line in run(tmp_path, "--unknown", 128).splitlines() if "grabcut" in line)
    assert line.split()[4] == "–"


def test_scores_the_tiers(tmp_path: Path) -> None:
    pair(tmp_path)
    assert "\nlumiku-lite industry " in run(tmp_path, "--tiers")


def test_says_what_was_left_out_and_goes_on(tmp_path: Path) -> None:
    pair(tmp_path, "good")
    pair(tmp_path, "bad", truth() // 255)
    (tmp_path / "u2netp.onnx").write_bytes(b"half of it")
    said = run(tmp_path)
    assert f"{tmp_path}/masks/bad.png: its brightest pixel is 1" in said
    assert "u2netp is left out: the file of the model" in said
    assert said.endswith("left out: 1\n")


def test_needs_pairs(tmp_path: Path) -> None:
    pair(tmp_path).mask.unlink()
    with pytest.raises(CommandError, match=r"no photo NAME\.jpg in .* has a mask NAME\.png in"):
        run(tmp_path)


@pytest.mark.parametrize("folder", ["photos", "masks"])
def test_needs_folders(folder: str, tmp_path: Path) -> None:
    pair(tmp_path)
    (tmp_path / folder).rename(tmp_path / "elsewhere")
    with pytest.raises(CommandError, match=f"there is no folder .*{folder}"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--limit", "-1", "-1 is not a whole number of 1 or more"),
        ("--limit", "two", "two is not a whole number"),
        ("--sheet-rows", "0", "0 is not a whole number of 1 or more"),
        ("--unknown", "256", "256 is not a whole number from 0 to 255"),
        ("--sheet", "sheet.foo", r"sheet\.foo is not named like sheet\.png"),
        ("--sheet", "nowhere/sheet.png", "there is no folder nowhere"),
    ],
)
def test_refuses_at_once(option: str, value: str, reason: str, tmp_path: Path) -> None:
    pair(tmp_path)
    with pytest.raises(CommandError, match=reason):
        run(tmp_path, f"{option}={value}")
