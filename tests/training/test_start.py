"""The sources of a network's initial weights."""

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


def test_the_published_head_answers_as_it_did_before_its_matrix_was_split() -> None:
    with torch.inference_mode():
        torch.manual_seed(3)
        shapes = {
            "image_pooling": (256, 160),
            "aspp0": (256, 160),
            "concat_projection": (256, 512),
            "logits/semantic": (21, 256),
        }
        published = {
            name: (torch.randn(*s, 1, 1) / 9, torch.randn(s[0])) for name, s in shapes.items()
        }
        weights = {f"{name}/weights": kernel.numpy() for name, (kernel, _) in published.items()}
        weights |= {f"{name}/Conv2D_bias": bias.numpy() for name, (_, bias) in published.items()}
        head, features = model.Classifier(), torch.randn(1, 160, 3, 4)
        start.fill_classifier(head, weights)

        def layer(name: str, x: Any) -> Any:
            return torch.conv2d(x, *published[name])

        pooled = layer("image_pooling", features.mean((2, 3), keepdim=True)).relu()
        local = layer("aspp0", features).relu()
        both = torch.cat([pooled.expand_as(local), local], 1)
        expected = layer("logits/semantic", layer("concat_projection", both).relu())
        assert torch.allclose(head(features), expected, atol=1e-4)


def test_a_checkpoint_that_lacks_something_is_refused(tmp_path: Path) -> None:
    values = model.Network().state_dict()
    kept = {name: value for name, value in values.items() if not name.startswith("skip8.")}
    checkpoint.save_weights(tmp_path / "half.npz", kept)
    with pytest.raises(RuntimeError, match=r"Missing.*skip8"):
        start.start_from(model.Network(), tmp_path / "half.npz")
