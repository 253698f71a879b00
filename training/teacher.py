"""The frozen DeepLab model: what it sees keeps the student's features general.

It serves twice: its features are imitated, and background pixels of people's photos that it takes
for some object count less, because a car behind a person is not a reason never to cut out a car.
Photos of pets are taken at their word, for it sees sofas under most of them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.model import FEATURE_CHANNELS, Encoder, conv
from training.photos import Image, Kind, Photo, to_image
from training.start import fill, fill_encoder, read_tflite

LABEL_SIZE = 320


class DeepLab(nn.Module):
    """The published model with its head: scores for 20 kinds of things and background."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.pool = conv(FEATURE_CHANNELS, 256)
        self.aspp = conv(FEATURE_CHANNELS, 256)
        self.mix = conv(512, 256)
        self.classify = conv(256, 21)
        weights = read_tflite(path)
        fill_encoder(self.encoder, weights)
        scopes = ("image_pooling", "aspp0", "concat_projection", "logits/semantic")
        for layer, scope in zip(
            (self.pool, self.aspp, self.mix, self.classify), scopes, strict=True
        ):
            fill(layer, weights, scope)

    def forward(self, rgb: Tensor) -> Tensor:
        features = self.encoder(rgb)[-1]
        pooled = F.relu(self.pool(features.mean((2, 3), keepdim=True)))
        local = F.relu(self.aspp(features))
        mixed = F.relu(self.mix(torch.cat([pooled.expand_as(local), local], 1)))
        scores: Tensor = self.classify(mixed)
        return scores


def feature_teacher(path: Path) -> Encoder:
    """The published encoder in the student's own layout, frozen."""
    encoder = Encoder()
    fill_encoder(encoder, read_tflite(path))
    return encoder.eval().requires_grad_(False)


def discount_other_objects(photos: list[Photo], path: Path, share: float) -> list[Photo]:
    """Photos in which background that shows some object counts only `share` as much."""
    model = DeepLab(path).eval()
    return [_discount(photo, model, share) for photo in photos]


@torch.inference_mode()
def _discount(photo: Photo, model: DeepLab, share: float) -> Photo:
    sample = photo.sample
    if photo.kind is not Kind.PEOPLE:
        return photo
    height, width = sample.alpha.shape
    is_object = cv2.resize(_object_map(sample.rgb, model), (width, height)) > 127
    lowered = is_object & (sample.alpha == 0)
    weight = np.where(lowered, sample.weight * share, sample.weight).astype(np.uint8)
    return replace(photo, sample=replace(sample, weight=weight))


def _object_map(rgb: Image, model: DeepLab) -> Image:
    small = cv2.resize(rgb, (LABEL_SIZE, LABEL_SIZE), interpolation=cv2.INTER_AREA)
    scores = model(torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255)
    labels = F.interpolate(scores, scale_factor=8.0, mode="bilinear").argmax(1)[0]
    return to_image((labels.numpy() != 0) * 255)
