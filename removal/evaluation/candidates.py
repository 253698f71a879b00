"""What is compared: every model that is here and permitted, and GrabCut as the floor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from removal.engine import registry, session
from removal.engine.errors import ModelUnavailable
from removal.engine.types import Recipe
from removal.evaluation.metrics import Mask

_GRABCUT_SIDE = 320
_GRABCUT_ROUNDS = 5
_GRABCUT_INSET = 0.05

Segment = Callable[[NDArray[np.uint8]], Mask]


@dataclass(frozen=True)
class Candidate:
    """A name, and a function from uint8 RGB (H, W, 3) to a mask of the same height and width."""

    name: str
    segment: Segment


def candidates(*, model_home: Path, allow_noncommercial: bool, threads: int) -> list[Candidate]:
    """GrabCut first, then the models that are present, each in a single plain pass."""
    found = [Candidate("grabcut", grabcut)]
    for name in registry.MODELS:
        try:
            spec, path = registry.choose(
                "basic",
                model_home=model_home,
                allow_noncommercial=allow_noncommercial,
                requested=name,
            )
        except ModelUnavailable:
            continue
        found.append(Candidate(name, _model(spec, path, threads)))
    return found


def grabcut(rgb: NDArray[np.uint8]) -> Mask:
    """OpenCV's GrabCut, told only that the subject does not touch the outer five per cent."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _GRABCUT_SIDE / max(height, width))
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    small = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    x, y = max(1, round(size[0] * _GRABCUT_INSET)), max(1, round(size[1] * _GRABCUT_INSET))
    labels = np.zeros(small.shape[:2], np.uint8)
    cv2.setRNGSeed(0)
    cv2.grabCut(
        small,
        labels,
        (x, y, size[0] - 2 * x, size[1] - 2 * y),
        np.zeros((1, 65), np.float64),
        np.zeros((1, 65), np.float64),
        _GRABCUT_ROUNDS,
        cv2.GC_INIT_WITH_RECT,
    )
    subject = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return resized(subject, (width, height))


def resized(mask: Mask, size: Sequence[int]) -> Mask:
    """Bring a mask to `size` (width, height), staying within 0…1."""
    scaled = cv2.resize(mask, (size[0], size[1]), interpolation=cv2.INTER_CUBIC)
    return np.clip(scaled, 0, 1).astype(np.float32)


def _model(spec: registry.ModelSpec, path: Path, threads: int) -> Segment:
    def segment(rgb: NDArray[np.uint8]) -> Mask:
        predictor = session.get_predictor(spec, path, threads=threads)
        return resized(predictor.predict(rgb, Recipe()), (rgb.shape[1], rgb.shape[0]))

    return segment
