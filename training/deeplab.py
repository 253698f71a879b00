"""The published DeepLab v3 on MobileNetV2: scores for 20 kinds of things and background."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.encoder import FEATURE_CHANNELS, Encoder, conv

CLASSES = 21


class DeepLab(nn.Module):
    """The encoder with its head; both answers are at 1/16."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.pool = conv(FEATURE_CHANNELS, 256)
        self.aspp = conv(FEATURE_CHANNELS, 256)
        self.mix = conv(512, 256)
        self.classify = conv(256, CLASSES)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """The 160 features, and the scores of 21 classes (0 is background)."""
        features = self.encoder(rgb)[-1]
        pooled = F.relu(self.pool(features.mean((2, 3), keepdim=True)))
        local = F.relu(self.aspp(features))
        mixed = F.relu(self.mix(torch.cat([pooled.expand_as(local), local], 1)))
        return features, self.classify(mixed)
