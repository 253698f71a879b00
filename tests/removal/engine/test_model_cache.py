"""The cache of rewritten models: when one is loaded from it, and when it is made anew."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from removal.engine import runtimes
from removal.engine.catalogue import ModelSpec
from removal.engine.checksums import checksum
from removal.engine.runtimes import OnnxPredictor
from removal.engine.types import Recipe
from tests.removal.engine import models
from tests.removal.engine.factories import photo
from tests.removal.engine.test_runtimes import SPEC


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return models.mask_model(tmp_path / "model.onnx")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "var" / "cache"


def spec_of(model: Path) -> ModelSpec:
    return replace(SPEC, checksum=checksum(model))


def load(model: Path, cache: Path) -> OnnxPredictor:
    return OnnxPredictor(spec_of(model), model, cache=cache)


def source(predictor: OnnxPredictor) -> Path:
    return Path(predictor._session._model_path)


def test_the_second_load_neither_rewrites_nor_checks(
    model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(model, cache)
    monkeypatch.setattr(runtimes, "rewritten", lambda path: pytest.fail("rewritten again"))
    second = load(model, cache)
    assert source(second).parent == cache
    picture = photo()
    assert np.array_equal(first.predict(picture, Recipe()), second.predict(picture, Recipe()))


@pytest.mark.parametrize("content", [b"", b"changed"])
def test_a_file_that_was_changed_is_made_anew(model: Path, cache: Path, content: bytes) -> None:
    load(model, cache)
    [path] = cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(content)
    load(model, cache)
    assert [each.read_bytes() for each in cache.iterdir()] == [whole]


def test_another_model_of_the_name_replaces_the_file(
    model: Path, cache: Path, tmp_path: Path
) -> None:
    load(model, cache)
    [before] = cache.iterdir()
    load(models.mask_model(tmp_path / "other.onnx", finds=-1.0), cache)
    [after] = cache.iterdir()
    assert after != before


def test_a_folder_that_cannot_be_written_to_costs_only_the_time(
    model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    predictor = load(model, tmp_path / "file" / "cache")
    assert predictor.predict(photo(), Recipe()).shape == (models.SIDE, models.SIDE)
    assert "cannot be kept" in caplog.text


def test_a_model_without_a_checksum_is_not_cached(model: Path, cache: Path) -> None:
    OnnxPredictor(SPEC, model, cache=cache)
    assert not cache.exists()
