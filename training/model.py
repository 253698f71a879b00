"""The network: a MobileNetV2 encoder (width 0.5) and a small decoder with skip connections.

It computes two views of the picture: a near one, enlarged, for edges, and a far one, reduced and
mirrored, to decide what the subject is; one encoder serves both views. The mirror costs nothing,
and two views that differ more make the same error less often. A third input is the published
model's own head, frozen, on the same features: it detects objects of any kind.

There is no batch normalisation: the encoder's statistics were folded into its convolutions by its
makers, so the exported file is exactly the network that was trained.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIZE_STEP = 80  # sizes are multiples of this, so that both views are whole cells of 16 pixels
NEAR, FAR = 1.40001, 0.8  # sides of the views, as shares of the picture's; 1.4 would fall short
MEET = 1.75  # from the far view to the near one
BACK = 1.42858  # from half the near view to the picture: 1 / 0.7, never a pixel short
STEM_CHANNELS = 16
FEATURE_CHANNELS = 160


@dataclass(frozen=True)
class BlockSpec:
    """The parameters of one inverted residual of MobileNetV2; `expand` is 0 where there is no
    expansion.
    """

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
# Kinds of the Pascal VOC challenge, in its order: those on which a subject stands or lies.
NOTHING, TABLE, SOFA = 0, 11, 18
SKIP_BLOCKS = (3, 6)  # blocks whose expanded features feed the decoder at 1/4 and 1/8


def relu6(x: Tensor) -> Tensor:
    return F.relu6(x, inplace=True)


def conv(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)


def depthwise(channels: int, kernel: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    padding = dilation * (kernel // 2)
    return nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels)


def begin_as_nothing(layer: nn.Conv2d) -> nn.Conv2d:
    """Initialise a layer so that its output is zero and it can be added to a trained network."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


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
    """The encoder: features at 1/2, 1/4, 1/8 and 1/16 of the input, for RGB in 0..1."""

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


class Separable(nn.Module):
    """A depthwise and a pointwise convolution, each followed by a rectifier."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = depthwise(inputs, kernel)
        self.pointwise = conv(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return relu6(self.pointwise(relu6(self.depthwise(x))))


class Correction(nn.Module):
    """A residual block that is initialised to zero."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.expand = conv(channels, 2 * channels)
        self.depthwise = depthwise(2 * channels, 5, dilation=dilation)
        self.project = begin_as_nothing(conv(2 * channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(relu6(self.depthwise(relu6(self.expand(x)))))
        return x + y


def resize(x: Tensor, factor: float = 2.0) -> Tensor:
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def mirror(x: Tensor) -> Tensor:
    return x.flip(3)


class Agreement(nn.Module):
    """A merge of two predictions: their mean at first, then what training makes of it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = conv(2 * channels, channels)
        self.correct = Correction(channels)
        halves = torch.eye(channels)[..., None, None] / 2
        with torch.no_grad():
            self.mix.weight.copy_(torch.cat([halves, halves], 1))
        if self.mix.bias is not None:
            nn.init.zeros_(self.mix.bias)

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        agreed: Tensor = self.correct(self.mix(torch.cat([one, other], 1)))
        return agreed


class Classifier(nn.Module):
    """The published model's head: scores of background and 20 kinds of things, at 1/16."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = conv(FEATURE_CHANNELS, 256)
        self.local = conv(FEATURE_CHANNELS, 256)
        self.mix_pool = conv(256, 256)
        self.mix_local = conv(256, 256)
        self.classify = conv(256, 21)

    def forward(self, features: Tensor) -> Tensor:
        pooled = F.relu(self.pool(features.mean((2, 3), keepdim=True)))
        local = F.relu(self.local(features))
        scores: Tensor = self.classify(F.relu(self.mix_pool(pooled) + self.mix_local(local)))
        return scores


@dataclass(frozen=True)
class Views:
    """The features of n pictures.

    `subject` (n, 64, h, w) is the merged prediction of both views, at 1/16 of the near one, and
    `thing` (n, 1, h, w) in 0..1 the likelihood of any object; `taps` are the near view's features
    at 1/2, 1/4 and 1/8. The far view and its features (n, 160, ..) are mirrored, `far_subject` is
    not.
    """

    subject: Tensor
    thing: Tensor
    taps: list[Tensor]
    far: Tensor
    far_features: Tensor
    far_subject: Tensor


@dataclass(frozen=True)
class Prediction:
    """Logits at full size, coarse logits for the side losses, the far view and its features.

    The far view and its features are mirrored, `logits` and `sides` are not.
    """

    logits: Tensor
    sides: tuple[Tensor, ...]
    far: Tensor
    features: Tensor


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.pool = conv(FEATURE_CHANNELS, 64)
        self.deep = conv(FEATURE_CHANNELS, 64)
        self.deep_mix = Separable(128, 64, 5)
        self.context = nn.Sequential(Correction(64, dilation=1), Correction(64, dilation=2))
        self.agree = Agreement(64)
        self.classifier = Classifier().requires_grad_(False)
        self.hint = begin_as_nothing(conv(1, 64))
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
        self.side16 = conv(64, 1, 3)
        self.side8 = conv(48, 1, 3)

    def prototype_convs(self) -> list[nn.Conv2d]:
        """The convolutions that the prototype has too, in execution order."""
        found = [m for m in self.encoder.modules() if isinstance(m, nn.Conv2d)]
        found += [self.pool, self.deep]
        for part in (self.deep_mix, self.skip8, self.mix8, self.skip4, self.mix4):
            found += [m for m in part.modules() if isinstance(m, nn.Conv2d)]
        for part in (self.skip2, self.mix2, self.mix2b, self.out):
            found += [m for m in part.modules() if isinstance(m, nn.Conv2d)]
        return found

    def predict(self, rgb: Tensor) -> Prediction:
        views = self.view(rgb)
        return self.draw(views.subject + self.hint(views.thing), views)

    def view(self, rgb: Tensor) -> Views:
        far = mirror(resize(rgb, FAR))
        far_features = self.encoder(far)[-1]
        far_subject = mirror(self._subject(far_features))
        *taps, features = self.encoder(resize(rgb, NEAR))
        subject = self.agree(self._subject(features), resize(far_subject, MEET))
        return Views(subject, self._thing(features), taps, far, far_features, far_subject)

    def draw(self, x16: Tensor, views: Views) -> Prediction:
        """The mask of a subject (n, 64, h, w) with the corrections added to it."""
        at2, at4, at8 = views.taps
        x8 = self.mix8(torch.cat([resize(x16), relu6(self.skip8(at8))], 1))
        x8 = self.correct8(x8)
        x4 = self.mix4(torch.cat([resize(x8), relu6(self.skip4(at4))], 1))
        x4 = self.correct4(x4)
        x2 = self.mix2(torch.cat([resize(x4), relu6(self.skip2(at2))], 1))
        logits = resize(self.out(self.mix2b(x2)), BACK)
        sides = (self.side8(x8), self.side16(x16), self.side16(views.far_subject))
        return Prediction(logits, sides, views.far, views.far_features)

    def _subject(self, features: Tensor) -> Tensor:
        """The features of the subject, at 1/16 of a view."""
        pooled = relu6(self.pool(features.mean((2, 3), keepdim=True)))
        deep = relu6(self.deep(features))
        found: Tensor = self.context(self.deep_mix(torch.cat([deep, pooled.expand_as(deep)], 1)))
        return found

    def _thing(self, features: Tensor) -> Tensor:
        """The likelihood of any kind of object, at 1/16 of a view."""
        likely = torch.softmax(self.classifier(features), 1)
        return 1 - likely[:, [NOTHING, TABLE, SOFA]].sum(1, keepdim=True)

    def forward(self, rgb: Tensor) -> Tensor:
        return torch.sigmoid(self.predict(rgb).logits)
