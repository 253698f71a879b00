"""The wide network's layers do what the published ones did."""

import importlib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
torch: Any = importlib.import_module("torch")
wide: Any = importlib.import_module("training.wide")
wide_start: Any = importlib.import_module("training.wide_start")


def test_normalisation_is_folded_into_the_convolutions() -> None:
    torch.manual_seed(2)
    layer = torch.nn.Conv2d(3, 4, 1)
    norm = torch.nn.BatchNorm2d(4, eps=wide_start.EPSILON).eval()
    with torch.no_grad():
        for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            values.uniform_(0.5, 1.5)
    plain = torch.nn.Conv2d(3, 4, 1, bias=False)
    published = {f"norm.{name}": values for name, values in norm.state_dict().items()}
    published["conv.weight"] = plain.weight.detach()
    wide_start._fold(layer, published, "conv", "norm")
    picture = torch.rand(1, 3, 5, 5)
    with torch.no_grad():
        assert torch.allclose(layer(picture), norm(plain(picture)), atol=1e-5)


def test_strides_pad_one_pixel_more_at_the_end() -> None:
    layer = wide.Strided(1, 1, 3)
    torch.nn.init.ones_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    corners = torch.zeros(1, 1, 4, 4)
    corners[..., 0, 0] = 1
    corners[..., 3, 3] = 10
    assert layer(corners).flatten().tolist() == pytest.approx([1, 0, 0, 10])


def test_the_first_layers_stay_as_published() -> None:
    network = wide.WideNetwork()
    network.encoder.freeze()
    kept = [name for name, values in network.named_parameters() if not values.requires_grad]
    assert "encoder.stem.weight" in kept
    assert all(name.startswith("encoder.") for name in kept)
    assert "encoder.blocks.12.project.weight" not in kept


def test_a_file_that_is_not_the_published_classifier_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.pth").write_bytes(b"something else")
    with pytest.raises(ValueError, match="not the published"):
        wide_start.start_wide_from(wide.WideNetwork(), tmp_path / "other.pth")
