"""What of the network learns, and what it begins with."""

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


def test_all_but_the_published_head_learns() -> None:
    network = model.Network()
    frozen = {id(part) for part in network.classifier.parameters()}
    assert learned(network) == {id(part) for part in network.parameters()} - frozen


def test_the_published_head_says_nothing_before_it_is_listened_to() -> None:
    with torch.inference_mode():
        network, picture = model.Network(), torch.rand(1, 3, 160, 160)
        before = network(picture)
        network.classifier.classify.bias += 5 * torch.rand(21)
        assert torch.equal(network(picture), before)
        network.hint.weight += 1
        assert not torch.equal(network(picture), before)


def test_it_does_not_matter_which_kind_of_thing_is_seen() -> None:
    with torch.inference_mode():
        network, features = model.Network(), torch.zeros(1, model.FEATURE_CHANNELS, 3, 3)
        network.classifier.classify.weight.zero_()
        seen = []
        for kind in (1, 20):
            network.classifier.classify.bias.zero_()
            network.classifier.classify.bias[kind] = 4
            seen.append(network._thing(features))
        assert torch.allclose(*seen)


def test_what_a_subject_stands_on_is_no_thing() -> None:
    with torch.inference_mode():
        network, features = model.Network(), torch.zeros(1, model.FEATURE_CHANNELS, 3, 3)
        network.classifier.classify.weight.zero_()
        network.classifier.classify.bias.zero_()
        network.classifier.classify.bias[model.TABLE] = 9
        assert (network._thing(features) < 0.01).all()
