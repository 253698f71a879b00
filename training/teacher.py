"""The frozen DeepLab model, which keeps the student's features general.

The student imitates its features. Background in which it detects a possible subject is excluded
from the loss, because a car behind a person is not a reason never to cut out a car.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.model import NOTHING, SOFA, TABLE, Classifier, Encoder
from training.photos import Image, Kind, Photo, to_image
from training.start import fill_encoder, fill_published, read_tflite

LABEL_SIZE = 320
# pixels across, at 448: the teacher's label of the subject spills over its edge by as much
NEARBY = 25

# Further kinds of the Pascal VOC challenge. Furniture is background, not subject; the label of pets
# spreads over the blankets that they lie on.
CAT, CHAIR, DOG = 8, 9, 12
GROUND = {
    Kind.PEOPLE: (NOTHING, CHAIR, TABLE, SOFA),
    Kind.PETS: (NOTHING, CHAIR, TABLE, SOFA, CAT, DOG),
}


class DeepLab(nn.Module):
    """The published model: scores of background and 20 kinds of objects, for RGB in 0..1."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.classifier = Classifier()
        fill_published(self.encoder, self.classifier, path)

    def forward(self, rgb: Tensor) -> Tensor:
        scores: Tensor = self.classifier(self.encoder(rgb)[-1])
        return scores


def feature_teacher(path: Path) -> Encoder:
    """The published encoder in the student's own layout, frozen."""
    encoder = Encoder()
    fill_encoder(encoder, read_tflite(path))
    return encoder.eval().requires_grad_(False)


def ignore_other_objects(photos: list[Photo], path: Path) -> list[Photo]:
    """Photos in which background that shows another object has no weight in the loss."""
    model = DeepLab(path).eval()
    return [_ignore(photo, model) if photo.kind in GROUND else photo for photo in photos]


def _ignore(photo: Photo, model: DeepLab) -> Photo:
    sample = photo.sample
    height, width = sample.alpha.shape
    objects = to_image(~np.isin(_label_map(sample.rgb, model), GROUND[photo.kind]) * 255)
    nearby = cv2.dilate(sample.alpha, np.ones((NEARBY, NEARBY), np.uint8)) > 0
    ignored = (cv2.resize(objects, (width, height)) > 127) & ~nearby
    weight = np.where(ignored, 0, sample.weight).astype(np.uint8)
    return replace(photo, sample=replace(sample, weight=weight))


@torch.inference_mode()
def _label_map(rgb: Image, model: DeepLab) -> Image:
    """The kind of object at each place, on a grid of half LABEL_SIZE."""
    small = cv2.resize(rgb, (LABEL_SIZE, LABEL_SIZE), interpolation=cv2.INTER_AREA)
    scores = model(torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255)
    labels = F.interpolate(scores, scale_factor=8.0, mode="bilinear").argmax(1)[0]
    return labels.numpy().astype(np.uint8)
