"""MobileNetV2 at width 0.5, as far as 1/16 of the picture.

There is no batch normalisation: its statistics were folded into the convolutions by its makers, and
the exported file is then the very network that was trained.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

STEM_CHANNELS = 16
FEATURE_CHANNELS = 160


@dataclass(frozen=True)
class BlockSpec:
    """One inverted residual of MobileNetV2: `expand` is 0 where there is no expansion."""

    inputs: int
    expand: int
    outputs: int
    stride: int = 1
    dilation: int = 1


ENCODER_BLOCKS = (
    BlockSpec(16, 0, 8),
    BlockSpec(8, 48, 12, stride=2),
    BlockSpec(12, 72, 12),
    BlockSpec(12, 72, 16, stride=2),
    BlockSpec(16, 96, 16),
    BlockSpec(16, 96, 16),
    BlockSpec(16, 96, 32, stride=2),
    BlockSpec(32, 192, 32),
    BlockSpec(32, 192, 32),
    BlockSpec(32, 192, 32),
    BlockSpec(32, 192, 48),
    BlockSpec(48, 288, 48),
    BlockSpec(48, 288, 48),
    BlockSpec(48, 288, 80, dilation=2),
    BlockSpec(80, 480, 80, dilation=2),
    BlockSpec(80, 480, 80, dilation=2),
    BlockSpec(80, 480, 160, dilation=2),
)
SKIP_BLOCKS = (3, 6)  # whose expanded features feed the decoder at 1/4 and 1/8


def relu6(x: Tensor) -> Tensor:
    return F.relu6(x, inplace=True)


def conv(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)


def depthwise(channels: int, kernel: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    padding = dilation * (kernel // 2)
    return nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels)


class InvertedResidual(nn.Module):
    def __init__(self, spec: BlockSpec) -> None:
        super().__init__()
        inner = spec.expand or spec.inputs
        self.expand = conv(spec.inputs, inner) if spec.expand else None
        self.depthwise = depthwise(inner, 3, spec.stride, spec.dilation)
        self.project = conv(inner, spec.outputs)
        self.adds_input = spec.stride == 1 and spec.inputs == spec.outputs

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The result, and the expanded features, which may feed a skip connection."""
        expanded = x if self.expand is None else relu6(self.expand(x))
        y: Tensor = self.project(relu6(self.depthwise(expanded)))
        return (x + y if self.adds_input else y), expanded


class Encoder(nn.Module):
    """Features at 1/2, 1/4, 1/8 and 1/16 of the input, for RGB in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv(3, STEM_CHANNELS, 3, stride=2)
        self.blocks = nn.ModuleList(InvertedResidual(spec) for spec in ENCODER_BLOCKS)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        x = relu6(self.stem(rgb * 2 - 1))
        taps = [x]
        for index, block in enumerate(self.blocks):
            x, expanded = block(x)
            if index in SKIP_BLOCKS:
                taps.append(expanded)
        return [*taps, x]
