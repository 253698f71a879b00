"""The wide network: an EfficientNet-Lite0 encoder and a decoder with skip connections.

The encoder was published as a classifier of a thousand kinds of things, so its features know far
more kinds than the photos that are learned from show. It is kept down to 1/32; the last stage's
second half, and the classifier, are left out for size. As in `model`, there is no batch
normalisation, it was folded into the convolutions. Strides pad as TensorFlow does, one pixel more
at the end than at the beginning, for so the encoder was trained.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.model import (
    Correction,
    Prediction,
    Separable,
    conv,
    relu6,
    resize,
)

VIEW = 0.8  # side of the view, as a share of the picture's
BACK = 2.5  # from half of that to the picture
STEM = 32


@dataclass(frozen=True)
class Spec:
    """One inverted residual of EfficientNet-Lite; `expand` is 0 where there is no expansion."""

    inputs: int
    expand: int
    outputs: int
    kernel: int
    stride: int = 1


BLOCKS = (
    Spec(32, 0, 16, 3),
    Spec(16, 96, 24, 3, stride=2),
    Spec(24, 144, 24, 3),
    Spec(24, 144, 40, 5, stride=2),
    Spec(40, 240, 40, 5),
    Spec(40, 240, 80, 3, stride=2),
    Spec(80, 480, 80, 3),
    Spec(80, 480, 80, 3),
    Spec(80, 480, 112, 5),
    Spec(112, 672, 112, 5),
    Spec(112, 672, 112, 5),
    Spec(112, 672, 192, 5, stride=2),
    Spec(192, 1152, 192, 5),
)
TAPS = (1, 3, 5, 11)  # blocks whose expanded features feed the decoder at 1/2, 1/4, 1/8, 1/16
DEEP = 96
FROZEN = 3  # blocks that are not trained


def padding(kernel: int, stride: int) -> tuple[int, int]:
    """Before and after, as TensorFlow pads even sides."""
    total = kernel - stride
    return total // 2, total - total // 2


class Strided(nn.Conv2d):
    """A convolution of stride 2 with TensorFlow's padding."""

    def __init__(self, inputs: int, outputs: int, kernel: int, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, 2, 0, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        before, after = padding(self.kernel_size[0], 2)
        return super().forward(F.pad(x, (before, after, before, after)))


class Block(nn.Module):
    def __init__(self, spec: Spec) -> None:
        super().__init__()
        inner = spec.expand or spec.inputs
        self.expand = conv(spec.inputs, inner) if spec.expand else None
        self.depthwise: nn.Conv2d = (
            Strided(inner, inner, spec.kernel, groups=inner)
            if spec.stride == 2
            else nn.Conv2d(inner, inner, spec.kernel, 1, spec.kernel // 2, groups=inner)
        )
        self.project = conv(inner, spec.outputs)
        self.adds_input = spec.stride == 1 and spec.inputs == spec.outputs

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The result, and the expanded features, which may feed a skip connection."""
        expanded = x if self.expand is None else relu6(self.expand(x))
        y: Tensor = self.project(relu6(self.depthwise(expanded)))
        return (x + y if self.adds_input else y), expanded


class WideEncoder(nn.Module):
    """Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input, for RGB in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Strided(3, STEM, 3)
        self.blocks = nn.ModuleList(Block(spec) for spec in BLOCKS)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        x = relu6(self.stem(rgb * 2 - 1))
        taps = []
        for index, block in enumerate(self.blocks):
            x, expanded = block(x)
            if index in TAPS:
                taps.append(expanded)
        return [*taps, x]

    def freeze(self) -> None:
        """Leave the first layers as published: what they see is of no kind, and they cost most."""
        self.stem.requires_grad_(False)
        for block in self.blocks[:FROZEN]:
            block.requires_grad_(False)


class Level(nn.Module):
    """One step up: what is known below, and what the encoder saw at this size."""

    def __init__(self, below: int, tap: int, skip: int, outputs: int, *, corrects: bool) -> None:
        super().__init__()
        self.skip = conv(tap, skip)
        self.mix = Separable(below + skip, outputs, 5)
        self.correct = Correction(outputs) if corrects else None

    def forward(self, x: Tensor, tap: Tensor) -> Tensor:
        mixed: Tensor = self.mix(torch.cat([resize(x), relu6(self.skip(tap))], 1))
        return mixed if self.correct is None else self.correct(mixed)


class WideNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = WideEncoder()
        self.pool = conv(192, DEEP)
        self.deep = conv(192, DEEP)
        self.deep_mix = Separable(2 * DEEP, DEEP, 5)
        self.context = nn.Sequential(Correction(DEEP), Correction(DEEP, dilation=2))
        self.level16 = Level(DEEP, 672, 64, 80, corrects=True)
        self.level8 = Level(80, 240, 40, 56, corrects=True)
        self.level4 = Level(56, 144, 24, 40, corrects=True)
        self.level2 = Level(40, 96, 16, 28, corrects=False)
        self.last = Separable(28, 24, 3)
        self.out = conv(24, 1, 3)
        self.side32 = conv(DEEP, 1, 3)
        self.side16 = conv(80, 1, 3)
        self.side8 = conv(56, 1, 3)

    def predict(self, rgb: Tensor) -> Prediction:
        seen = resize(rgb, VIEW)
        at2, at4, at8, at16, features = self.encoder(seen)
        pooled = relu6(self.pool(features.mean((2, 3), keepdim=True)))
        deep = relu6(self.deep(features))
        x32 = self.context(self.deep_mix(torch.cat([deep, pooled.expand_as(deep)], 1)))
        x16 = self.level16(x32, at16)
        x8 = self.level8(x16, at8)
        x2 = self.level2(self.level4(x8, at4), at2)
        logits = resize(self.out(self.last(x2)), BACK)
        sides = (self.side8(x8), self.side16(x16), self.side32(x32))
        return Prediction(logits, sides, seen, features)

    def forward(self, rgb: Tensor) -> Tensor:
        return torch.sigmoid(self.predict(rgb).logits)
