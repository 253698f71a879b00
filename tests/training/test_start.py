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


def test_a_checkpoint_gives_all_its_weights(tmp_path: Path) -> None:
    network, other = model.Network(), model.Network()
    checkpoint.save_weights(tmp_path / "whole.npz", network.state_dict())
    start.start_from(other, tmp_path / "whole.npz")
    for name, values in network.state_dict().items():
        assert torch.equal(other.state_dict()[name], values)


def test_a_checkpoint_that_lacks_something_is_refused(tmp_path: Path) -> None:
    values = model.Network().state_dict()
    kept = {name: value for name, value in values.items() if not name.startswith("skip8.")}
    checkpoint.save_weights(tmp_path / "half.npz", kept)
    with pytest.raises(RuntimeError, match=r"Missing.*skip8"):
        start.start_from(model.Network(), tmp_path / "half.npz")
