"""The check that two ways of computing one model give the same masks."""

from typing import Any

import numpy as np

from removal.engine.arrays import Floats, Pixels
from removal.engine.predictor import Predictor
from removal.engine.types import Recipe

MIN_AGREEMENT = 0.99
_PROBE_SIDE = 384


def agreement(first: Predictor, second: Predictor) -> float:
    """The worst intersection over union of their masks on the probe pictures; 0…1."""
    answers = ([p.predict(picture, Recipe()) for p in (first, second)] for picture in probes())
    return min(overlap(a, b) for a, b in answers)


def overlap(first: Floats, second: Floats) -> float:
    """Intersection over union of two masks, cut at one half; 1 where both are empty."""
    a, b = first > 0.5, second > 0.5
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def probes() -> list[Pixels]:
    """Two pictures with a clear subject: a figure and a bottle on a textured ground."""
    y, x = np.mgrid[:_PROBE_SIDE, :_PROBE_SIDE].astype(np.float32) / _PROBE_SIDE
    figure = np.maximum(0.10 - np.hypot(x - 0.5, y - 0.22), 0.2 - np.hypot(x - 0.5, (y - 0.7) / 2))
    bottle = np.minimum(0.12 - np.abs(x - 0.45), 0.35 - np.abs(y - 0.5))
    grain = np.random.default_rng(1).normal(0, 4, (_PROBE_SIDE, _PROBE_SIDE, 3))
    grounds = (205 + 30 * y, 150 + 60 * x)
    colours = ((170, 60, 50), (40, 90, 50))
    return [
        _drawn(shape, ground, colour, grain)
        for shape, ground, colour in zip((figure, bottle), grounds, colours, strict=True)
    ]


def _drawn(shape: Floats, ground: Floats, colour: tuple[int, int, int], grain: Any) -> Pixels:
    cover = np.clip(shape * _PROBE_SIDE + 0.5, 0, 1)[..., None]
    shade = 0.7 + 3 * np.clip(shape, 0, 0.1)[..., None]
    mixed = ground[..., None] * (1 - cover) + np.array(colour, dtype=np.float32) * shade * cover
    drawn: Pixels = np.clip(mixed + grain, 0, 255).astype(np.uint8)
    return drawn
