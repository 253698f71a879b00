"""The choice of reliable labels: object masks come from a threshold, at times with the shadow."""

from __future__ import annotations

from pathlib import Path

from training.metrics import score
from training.photos import Kind, Photo
from training.predict import cut, onnx_predictor


def believable(photos: list[Photo], judge: Path, least_iou: float) -> list[Photo]:
    """All photos except objects whose mask differs much from an existing model's."""
    predictor = onnx_predictor(judge)

    def agrees(photo: Photo) -> bool:
        found = cut(predictor, photo.sample.rgb, 320)
        return score(found, photo.sample.alpha).iou >= least_iou

    return [photo for photo in photos if photo.kind is not Kind.OBJECTS or agrees(photo)]
