"""The network: two encoders, one that learns and one that is frozen, and a decoder with skips.

The frozen one is the published DeepLab with its head, the witness: it has seen twenty kinds of
things and cannot forget them while the other learns from a few hundred photos.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.deeplab import CLASSES, DeepLab
from training.encoder import FEATURE_CHANNELS, Encoder, conv, depthwise, relu6


class Separable(nn.Module):
    """Depthwise, then pointwise, each followed by a rectifier."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = depthwise(inputs, kernel)
        self.pointwise = conv(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return relu6(self.pointwise(relu6(self.depthwise(x))))


class Correction(nn.Module):
    """A residual that starts as nothing, so that it can be added to a trained network."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.expand = conv(channels, 2 * channels)
        self.depthwise = depthwise(2 * channels, 5, dilation=dilation)
        self.project = conv(2 * channels, channels)
        start_as_nothing(self.project)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(relu6(self.depthwise(relu6(self.expand(x)))))
        return x + y


def start_as_nothing(layer: nn.Conv2d) -> None:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def upsample(x: Tensor, factor: int = 2) -> Tensor:
    return F.interpolate(x, scale_factor=float(factor), mode="bilinear", align_corners=False)


@dataclass(frozen=True)
class Prediction:
    """Logits at full size, coarse logits for the side losses, and both encoders' features."""

    logits: Tensor
    sides: tuple[Tensor, ...]
    features: Tensor
    witnessed: Tensor


class Testimony(nn.Module):
    """What the witness saw, for the decoder at 1/16; it starts as nothing."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = conv(FEATURE_CHANNELS + CLASSES, channels)
        self.depthwise = depthwise(channels, 3)
        self.project = conv(channels, channels)
        start_as_nothing(self.project)

    def forward(self, features: Tensor, scores: Tensor) -> Tensor:
        x = relu6(self.reduce(torch.cat([features, scores], 1)))
        y: Tensor = self.project(relu6(self.depthwise(x)))
        return y


class Detail(nn.Module):
    """Corrects the logits at full size, where the picture's own edges are; starts as nothing."""

    def __init__(self, inputs: int, channels: int = 12) -> None:
        super().__init__()
        self.reduce = conv(inputs, channels)
        self.stem = conv(3, channels, 3)
        self.mix = Separable(2 * channels, channels, 3)
        self.project = conv(channels, 1, 3)
        start_as_nothing(self.project)

    def forward(self, x2: Tensor, rgb: Tensor) -> Tensor:
        x1 = torch.cat([upsample(self.reduce(x2)), relu6(self.stem(rgb * 2 - 1))], 1)
        y: Tensor = self.project(self.mix(x1))
        return y


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.witness = DeepLab().requires_grad_(False)
        self.encoder = Encoder()
        self.pool = conv(FEATURE_CHANNELS, 64)
        self.deep = conv(FEATURE_CHANNELS, 64)
        self.deep_mix = Separable(128, 64, 5)
        self.testimony = Testimony(64)
        self.context = nn.Sequential(Correction(64, dilation=1), Correction(64, dilation=2))
        self.skip8 = conv(96, 32)
        self.mix8 = Separable(96, 48, 5)
        self.correct8 = Correction(48)
        self.skip4 = conv(72, 24)
        self.mix4 = Separable(72, 32, 5)
        self.correct4 = Correction(32)
        self.skip2 = conv(16, 12)
        self.mix2 = Separable(44, 24, 5)
        self.mix2b = Separable(24, 24, 3)
        self.out = conv(24, 1, 3)
        self.detail = Detail(24)
        self.side16 = conv(64, 1, 3)
        self.side8 = conv(48, 1, 3)

    def prototype_convs(self) -> list[nn.Conv2d]:
        """The convolutions that the prototype has too, in the order in which they run."""
        found = [m for m in self.encoder.modules() if isinstance(m, nn.Conv2d)]
        found += [self.pool, self.deep]
        for part in (self.deep_mix, self.skip8, self.mix8, self.skip4, self.mix4):
            found += [m for m in part.modules() if isinstance(m, nn.Conv2d)]
        for part in (self.skip2, self.mix2, self.mix2b, self.out):
            found += [m for m in part.modules() if isinstance(m, nn.Conv2d)]
        return found

    def predict(self, rgb: Tensor) -> Prediction:
        with torch.no_grad():
            witnessed, scores = self.witness(rgb)
        at2, at4, at8, features = self.encoder(rgb)
        pooled = relu6(self.pool(features.mean((2, 3), keepdim=True)))
        deep = relu6(self.deep(features))
        x16 = self.deep_mix(torch.cat([deep, pooled.expand_as(deep)], 1))
        x16 = self.context(x16 + self.testimony(witnessed, scores))
        x8 = self.mix8(torch.cat([upsample(x16), relu6(self.skip8(at8))], 1))
        x8 = self.correct8(x8)
        x4 = self.mix4(torch.cat([upsample(x8), relu6(self.skip4(at4))], 1))
        x4 = self.correct4(x4)
        x2 = self.mix2b(self.mix2(torch.cat([upsample(x4), relu6(self.skip2(at2))], 1)))
        logits = upsample(self.out(x2)) + self.detail(x2, rgb)
        return Prediction(logits, (self.side8(x8), self.side16(x16)), features, witnessed)

    def forward(self, rgb: Tensor) -> Tensor:
        return torch.sigmoid(self.predict(rgb).logits)
