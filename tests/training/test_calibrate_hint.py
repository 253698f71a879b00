"""Calibration of the published head's weight in a trained network."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
torch: Any = importlib.import_module("torch")
calibrate_hint: Any = importlib.import_module("training.calibrate_hint")
model: Any = importlib.import_module("training.model")
photos: Any = importlib.import_module("training.photos")
start: Any = importlib.import_module("training.start")

WEIGHTS = Path(__file__).parents[2] / "training/checkpoints/lumiku-lite.npz"


@pytest.fixture
def shown() -> list[Any]:
    rng = np.random.default_rng(5)
    rgb = rng.integers(0, 256, (3, 64, 64, 3), np.uint8)
    blank = np.zeros((64, 64), np.uint8)
    samples = [photos.Sample(pixels, blank, blank) for pixels in rgb]
    return [photos.Photo(str(n), photos.Kind.OBJECTS, s) for n, s in enumerate(samples)]


def trained() -> Any:
    network = model.Network()
    start.start_from(network, WEIGHTS)
    return network.eval()


def mean_logit(network: Any, views: Any, thing: float) -> float:
    hint = network.hint(torch.full_like(views.thing, thing))
    return float(network.draw(views.subject + hint, views).logits.mean())


def test_an_object_raises_the_logits_by_the_strength(shown: list[Any]) -> None:
    network = trained()
    calibrate_hint.calibrate(network, shown, strength=0.5, neutral=0.5)
    with torch.inference_mode():
        views = [network.view(calibrate_hint._picture(photo)) for photo in shown]
        rises = [mean_logit(network, view, 1) - mean_logit(network, view, 0) for view in views]
    assert np.mean(rises) == pytest.approx(0.5, rel=0.1)


def test_a_neutral_likelihood_changes_nothing(shown: list[Any]) -> None:
    network = trained()
    calibrate_hint.calibrate(network, shown, strength=0.5, neutral=0.25)
    hint = network.hint(torch.full((1, 1, 2, 2), 0.25))
    assert torch.allclose(hint, torch.zeros(1), atol=1e-6)
