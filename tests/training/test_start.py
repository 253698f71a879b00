"""What first weights a network can take."""

import importlib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
torch: Any = importlib.import_module("torch")
checkpoint: Any = importlib.import_module("training.checkpoint")
model: Any = importlib.import_module("training.model")
start: Any = importlib.import_module("training.start")


def saved(path: Path, *, without: str) -> Path:
    values = model.Network().state_dict()
    kept = {name: value for name, value in values.items() if not name.startswith(without)}
    checkpoint.save_weights(path, kept)
    return path


def test_weights_of_one_look_begin_with_the_mean_of_both(tmp_path: Path) -> None:
    network = model.Network().eval()
    start.start_from(network, saved(tmp_path / "old.npz", without="agree."))
    near, far = torch.rand(1, 64, 6, 6), torch.rand(1, 64, 6, 6)
    with torch.inference_mode():
        assert torch.allclose(network.agree(near, far), (near + far) / 2, atol=1e-6)


def test_weights_that_lack_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing.*skip8"):
        start.start_from(model.Network(), saved(tmp_path / "half.npz", without="skip8."))
