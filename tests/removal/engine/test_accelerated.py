from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from removal.engine import accelerated, agreement, session
from removal.engine.registry import choose
from removal.engine.types import Recipe
from tests.removal.engine.factories import Array, FlatPredictor

SPEC, PATH = choose("basic", requested="lumiku-lite")


@dataclass(frozen=True)
class BrightPredictor(FlatPredictor):
    """Calls everything darker than a threshold the subject."""

    def predict(self, rgb: Array, recipe: Recipe) -> Array:
        dark: Array = (rgb.mean(axis=2) < self.value).astype(np.float32)
        return dark


def test_equal_masks_agree_fully() -> None:
    assert agreement.agreement(BrightPredictor(130), BrightPredictor(130)) == 1.0


def test_different_masks_do_not_agree() -> None:
    found = agreement.agreement(BrightPredictor(130), BrightPredictor(190))
    assert found < agreement.MIN_AGREEMENT


def test_empty_masks_agree() -> None:
    assert agreement.agreement(FlatPredictor(0.0), FlatPredictor(0.0)) == 1.0


def test_the_probe_pictures_have_a_subject_the_built_in_model_finds() -> None:
    predictor = session.get_predictor(SPEC, PATH, fast=False)
    for picture in agreement.probes():
        share = (predictor.predict(picture, Recipe()) > 0.5).mean()
        assert 0.05 < share < 0.6


@pytest.mark.parametrize("fast", [True, False])
def test_masks_of_every_engine_agree_with_float32(fast: bool) -> None:
    reference = session.get_predictor(SPEC, PATH, fast=False)
    predictor = session.get_predictor(SPEC, PATH, fast=fast)
    assert agreement.agreement(predictor, reference) >= agreement.MIN_AGREEMENT


def test_a_model_the_fast_engine_cannot_load_is_left_to_the_reference() -> None:
    missing = PATH.with_name("missing.onnx")
    assert accelerated.accelerate(SPEC, missing, FlatPredictor) is None


class StubRuntime:
    """In the place of OpenVINO's compiled model: dark pixels are the subject, moved sideways."""

    def __init__(self, shift: int) -> None:
        self._shift = shift
        self._answer = np.zeros((1, 1, 4, 4), dtype=np.float32)

    def input(self, _: int) -> Any:
        side = SimpleNamespace(is_static=True, get_length=lambda: 320)
        return SimpleNamespace(partial_shape=[side])

    def create_infer_request(self) -> "StubRuntime":
        return self

    def infer(self, inputs: dict[int, Array], *, share_inputs: bool) -> None:
        dark = (inputs[0].mean(axis=1, keepdims=True) < 0.5).astype(np.float32)
        self._answer = np.roll(dark, self._shift, axis=3)

    def get_output_tensor(self, _: int) -> Any:
        return SimpleNamespace(data=self._answer)


@pytest.mark.parametrize(("shift", "accepted"), [(0, True), (3, False), (9, False)])
def test_an_engine_whose_masks_disagree_is_turned_down(
    shift: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtimes = iter((StubRuntime(0), StubRuntime(shift)))
    monkeypatch.setattr(accelerated, "is_supported", lambda: True)
    monkeypatch.setattr(accelerated, "_compile", lambda _path, _threads: next(runtimes))
    reference = accelerated.OpenVinoPredictor(SPEC, PATH)
    chosen = accelerated.accelerate(SPEC, PATH, lambda: reference)
    assert (chosen is not None) is accepted
