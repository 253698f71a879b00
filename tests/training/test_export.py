"""The shipped model answers as the stored checkpoint does, which exports to the same bytes."""

import hashlib
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from removal.engine.catalogue import MODELS

pytest.importorskip("torch")
pytest.importorskip("onnx")
torch: Any = importlib.import_module("torch")
export: Any = importlib.import_module("training.export")
checkpoint: Any = importlib.import_module("training.checkpoint")
model: Any = importlib.import_module("training.model")
pair: Any = importlib.import_module("training.pair")
predict: Any = importlib.import_module("training.predict")
procedural: Any = importlib.import_module("training.procedural")

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "removal/models/lumiku-lite.onnx"
WEIGHTS = ROOT / "training/checkpoints/lumiku-lite.npz"
TOLERANCE = 1e-3  # of alpha: a quarter of a grey level, for fusion amplifies rounding


@pytest.fixture(scope="module")
def network() -> Any:
    built = pair.Pair()
    built.load_state_dict(checkpoint.load_weights(WEIGHTS))
    return built.eval()


def picture(seed: int, size: int) -> NDArray[np.float32]:
    """A made-up subject on a made-up ground, as the model is fed."""
    rng = np.random.default_rng(seed)
    ground, subject = (procedural.texture(rng, size) for _ in range(2))
    alpha = procedural.shape(rng, size)[..., None] / 255
    mixed = (subject * alpha + ground * (1 - alpha)).astype(np.float32) / 255
    return np.ascontiguousarray(mixed.transpose(2, 0, 1)[None])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shipped_model_answers_as_the_checkpoint_does(network: Any, seed: int) -> None:
    batch = picture(seed, 320)
    with torch.inference_mode():
        expected = network(torch.from_numpy(batch)).numpy()
    found = predict.onnx_predictor(SHIPPED)(batch)
    assert found.shape == (1, 1, 320, 320)
    assert np.abs(found - expected).max() <= TOLERANCE


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "again.onnx"
    export.export(WEIGHTS, path)
    return path


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_export_answers_as_the_checkpoint_does(network: Any, exported: Path, seed: int) -> None:
    batch = picture(seed, 320)
    with torch.inference_mode():
        expected = network(torch.from_numpy(batch)).numpy()
    assert np.abs(predict.onnx_predictor(exported)(batch) - expected).max() <= TOLERANCE


def test_exporting_again_gives_the_same_bytes(exported: Path) -> None:
    recorded = WEIGHTS.with_suffix(".sha256").read_text().strip()
    assert hashlib.sha256(exported.read_bytes()).hexdigest() == recorded


@pytest.mark.parametrize(
    ("count", "height", "width"), [(2, 320, 320), (1, 560, 400), (1, 720, 160)]
)
def test_batch_and_size_are_free(
    network: Any, exported: Path, count: int, height: int, width: int
) -> None:
    pictures = [picture(4 + n, 720)[..., :height, :width] for n in range(count)]
    batch = np.ascontiguousarray(np.concatenate(pictures))
    with torch.inference_mode():
        expected = network(torch.from_numpy(batch)).numpy()
    found = predict.onnx_predictor(exported)(batch)
    assert found.shape == (count, 1, height, width)
    assert np.abs(found - expected).max() <= TOLERANCE


def test_the_registry_knows_the_sizes_that_the_network_takes() -> None:
    assert MODELS["lumiku-lite"].multiple == model.SIZE_STEP


def test_the_shipped_model_stays_small() -> None:
    assert SHIPPED.stat().st_size <= 6_000_000
    assert WEIGHTS.stat().st_size <= 6_000_000
