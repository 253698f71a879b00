"""The trainable parameters of the network, and their initial values."""

import importlib
from typing import Any

import pytest

pytest.importorskip("torch")
torch: Any = importlib.import_module("torch")
model: Any = importlib.import_module("training.model")
train: Any = importlib.import_module("training.train")


def learned(network: Any) -> set[int]:
    groups = train._groups(network, train.Recipe(minutes=1))
    return {id(part) for group in groups for part in group["params"]}


def test_every_parameter_but_the_published_head_is_trained() -> None:
    network = model.Network()
    frozen = {id(part) for part in network.classifier.parameters()}
    assert learned(network) == {id(part) for part in network.parameters()} - frozen


def test_the_published_head_has_no_effect_before_calibration() -> None:
    with torch.inference_mode():
        network, picture = model.Network(), torch.rand(1, 3, 160, 160)
        before = network(picture)
        network.classifier.classify.bias += 5 * torch.rand(21)
        assert torch.equal(network(picture), before)
        network.hint.weight += 1
        assert not torch.equal(network(picture), before)


def test_every_kind_of_object_counts_alike() -> None:
    with torch.inference_mode():
        network, features = model.Network(), torch.zeros(1, model.FEATURE_CHANNELS, 3, 3)
        network.classifier.classify.weight.zero_()
        seen = []
        for kind in (1, 20):
            network.classifier.classify.bias.zero_()
            network.classifier.classify.bias[kind] = 4
            seen.append(network._thing(features))
        assert torch.allclose(*seen)


def test_furniture_is_not_an_object() -> None:
    with torch.inference_mode():
        network, features = model.Network(), torch.zeros(1, model.FEATURE_CHANNELS, 3, 3)
        network.classifier.classify.weight.zero_()
        network.classifier.classify.bias.zero_()
        network.classifier.classify.bias[model.TABLE] = 9
        assert (network._thing(features) < 0.01).all()
