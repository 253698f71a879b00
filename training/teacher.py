"""What the published DeepLab sees in the background of photos of people.

Pixels there that it takes for some object count less: a car behind a person is not a reason never
to cut out a car. Photos of pets are taken at their word, for it sees sofas under most of them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from training.deeplab import DeepLab
from training.photos import Image, Kind, Photo, to_image
from training.start import fill_deeplab

LABEL_SIZE = 320


def discount_other_objects(photos: list[Photo], path: Path, share: float) -> list[Photo]:
    """Photos in which background that shows some object counts only `share` as much."""
    model = DeepLab().eval()
    fill_deeplab(model, path)
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
    _, scores = model(torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255)
    labels = F.interpolate(scores, scale_factor=8.0, mode="bilinear").argmax(1)[0]
    return to_image((labels.numpy() != 0) * 255)
