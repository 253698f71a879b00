"""The network's later parts begin as nothing, and its witness never learns."""

import importlib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
torch: Any = importlib.import_module("torch")
model: Any = importlib.import_module("training.model")
start: Any = importlib.import_module("training.start")
checkpoint: Any = importlib.import_module("training.checkpoint")


@pytest.fixture
def network() -> Any:
    torch.manual_seed(1)
    return model.Network()


@pytest.fixture
def rgb() -> Any:
    torch.manual_seed(2)
    return torch.rand(1, 3, 64, 64)


def test_the_witness_changes_nothing_at_the_start(network: Any, rgb: Any) -> None:
    before = network(rgb)
    torch.nn.init.normal_(network.witness.classify.weight)
    assert torch.equal(network(rgb), before)


def test_the_witness_is_heard_once_its_testimony_is_learned(network: Any, rgb: Any) -> None:
    torch.nn.init.normal_(network.testimony.project.weight)
    before = network(rgb)
    torch.nn.init.normal_(network.witness.classify.weight)
    assert not torch.equal(network(rgb), before)


def test_no_gradient_reaches_the_witness(network: Any, rgb: Any) -> None:
    torch.nn.init.normal_(network.testimony.project.weight)
    network(rgb).sum().backward()
    assert all(p.grad is None for p in network.witness.parameters())
    assert network.testimony.reduce.weight.grad.abs().sum() > 0


def test_the_detail_begins_as_nothing(network: Any, rgb: Any) -> None:
    before = network(rgb)
    torch.nn.init.normal_(network.detail.stem.weight)
    assert torch.equal(network(rgb), before)


def test_a_checkpoint_of_fewer_layers_is_a_start(network: Any, tmp_path: Path) -> None:
    values = {k: v + 1 for k, v in network.state_dict().items() if not k.startswith("witness.")}
    path = tmp_path / "older.npz"
    checkpoint.save_weights(path, values)
    start.start_from(network, path)
    assert torch.equal(network.out.bias, values["out.bias"])


def test_a_checkpoint_of_other_layers_is_refused(network: Any, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    checkpoint.save_weights(path, {"elsewhere.weight": torch.zeros(1)})
    with pytest.raises(ValueError, match=r"elsewhere\.weight"):
        start.start_from(network, path)
