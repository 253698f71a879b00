"""The mean of two sets of weights."""

import importlib
from typing import Any

import pytest

pytest.importorskip("torch")
torch: Any = importlib.import_module("torch")
blend: Any = importlib.import_module("training.blend")


def test_a_share_of_the_tuned_weights_is_taken() -> None:
    mixed = blend.blend({"out.bias": torch.zeros(2)}, {"out.bias": torch.ones(2)}, 0.25)
    assert mixed["out.bias"].tolist() == [0.25, 0.25]


def test_sets_of_other_layers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"hint\.bias"):
        blend.blend({"out.bias": torch.zeros(2)}, {"hint.bias": torch.ones(2)}, 0.5)
