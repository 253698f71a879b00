from dataclasses import replace
from pathlib import Path

import pytest

from removal.engine import runtimes
from removal.engine.errors import ModelUnavailable
from removal.engine.registry import MODELS
from removal.engine.runtimes import OnnxPredictor
from removal.engine.types import Recipe
from tests.removal.engine import models
from tests.removal.engine.factories import photo

SPEC = replace(MODELS["u2netp"], size=models.SIDE, checksum="")


def _opened_as_it_is(predictor: OnnxPredictor) -> bool:
    return bool(predictor._session._model_path)


def test_a_rewritten_model_is_used_when_it_gives_the_same_masks(tmp_path: Path) -> None:
    predictor = OnnxPredictor(SPEC, models.mask_model(tmp_path / "model.onnx"))
    assert not _opened_as_it_is(predictor)


def test_a_rewritten_model_that_does_not_load_gives_way_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtimes, "rewritten", lambda path: b"not a model")
    predictor = OnnxPredictor(SPEC, models.mask_model(tmp_path / "model.onnx"))
    assert _opened_as_it_is(predictor)
    assert predictor.predict(photo(), Recipe()).shape == (models.SIDE, models.SIDE)
    assert "cannot be loaded" in caplog.text


def test_a_rewritten_model_with_other_masks_gives_way_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = models.mask_model(tmp_path / "other.onnx", finds=-1.0)
    monkeypatch.setattr(runtimes, "rewritten", lambda path: other.read_bytes())
    predictor = OnnxPredictor(SPEC, models.mask_model(tmp_path / "model.onnx"))
    assert _opened_as_it_is(predictor)
    assert "masks differ" in caplog.text


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x06" * 500])
def test_a_file_that_is_no_model_is_a_typed_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"model\.onnx cannot be loaded"):
        OnnxPredictor(SPEC, path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.999])
def test_a_truncated_model_is_a_typed_error(part: float, tmp_path: Path) -> None:
    path = models.mask_model(tmp_path / "model.onnx")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(ModelUnavailable, match=r"model\.onnx cannot be loaded"):
        OnnxPredictor(SPEC, path)


def test_a_model_of_another_kind_is_a_typed_error(tmp_path: Path) -> None:
    for path in (
        models.classifier(tmp_path / "classifier.onnx"),
        models.mask_model(tmp_path / "grey.onnx", channels=1),
    ):
        with pytest.raises(ModelUnavailable, match="does not turn pictures into masks"):
            OnnxPredictor(replace(SPEC, checksum=""), path)


def test_a_model_that_fails_while_it_runs_is_a_typed_error(tmp_path: Path) -> None:
    predictor = OnnxPredictor(SPEC, models.fails_when_run(tmp_path / "model.onnx"))
    with pytest.raises(ModelUnavailable, match="failed to run"):
        predictor.predict(photo(), Recipe())
