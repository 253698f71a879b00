"""The fusion of the two networks, and the file that holds both."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
torch: Any = importlib.import_module("torch")
checkpoint: Any = importlib.import_module("training.checkpoint")
export: Any = importlib.import_module("training.export")
model: Any = importlib.import_module("training.model")
pair: Any = importlib.import_module("training.pair")
predict: Any = importlib.import_module("training.predict")
start: Any = importlib.import_module("training.start")
wide: Any = importlib.import_module("training.wide")
wide_start: Any = importlib.import_module("training.wide_start")

SHARES = (0.75, 1.5)


def random(network: Any) -> Any:
    """Of random weights, those included that begin as nothing."""
    for values in network.parameters():
        if not values.any():
            torch.nn.init.normal_(values, 0, 0.05)
    return network.eval()


@pytest.fixture(scope="module")
def networks() -> tuple[Any, Any]:
    torch.manual_seed(5)
    return random(model.Network()), random(wide.WideNetwork())


@pytest.fixture(scope="module")
def file(networks: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("pair") / "pair.npz"
    checkpoint.save_weights(path, pair.join(*(n.state_dict() for n in networks), SHARES))
    return path


@pytest.mark.parametrize(("count", "height", "width"), [(2, 240, 240), (1, 560, 400), (1, 160, 80)])
def test_the_export_answers_as_the_pair_does(
    file: Path, tmp_path: Path, count: int, height: int, width: int
) -> None:
    export.export(file, tmp_path / "model.onnx")
    both = pair.Pair().eval()
    both.load_state_dict(checkpoint.load_weights(file))
    batch = torch.rand(count, 3, height, width)
    with torch.inference_mode():
        expected = both(batch).numpy()
    found = predict.onnx_predictor(tmp_path / "model.onnx")(batch.numpy())
    assert found.shape == (count, 1, height, width)
    assert np.ptp(expected) > 1e-4
    assert np.abs(found - expected).max() <= 1e-4


def test_the_softer_an_answer_the_less_is_its_weight() -> None:
    settled, unsettled = torch.full((1, 1, 8, 8), -6.0), torch.zeros(1, 1, 8, 8)
    settled[..., 2:6, 2:6] = 6.0
    assert pair.confidence(settled) > 5 * pair.confidence(unsettled)
    both = pair.confidence(torch.cat([settled, unsettled]))
    assert both.flatten().tolist() == pytest.approx(
        [float(pair.confidence(settled)), float(pair.confidence(unsettled))]
    )


def test_where_both_agree_the_answer_is_more_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = torch.full((1, 1, 8, 8), 1.5)
    both = pair.Pair()
    for network in (both.views, both.wide):
        monkeypatch.setattr(network, "predict", lambda rgb: model.Prediction(logits, (), rgb, rgb))
    answer = both(torch.zeros(1, 3, 8, 8))
    assert answer.mean().item() == pytest.approx(torch.sigmoid(torch.tensor(3.0)).item(), abs=1e-5)


def test_a_run_can_go_on_from_either_of_a_pair(networks: Any, file: Path) -> None:
    views, other = model.Network(), wide.WideNetwork()
    start.start_from(views, file)
    wide_start.start_wide_from(other, file)
    for ours, theirs in zip((views, other), networks, strict=True):
        for name, values in theirs.state_dict().items():
            assert torch.equal(ours.state_dict()[name], values.half().float())
