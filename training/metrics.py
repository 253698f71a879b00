"""How good a mask is, against a truth that may be unknown in places. Plain numpy and OpenCV."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.photos import UNKNOWN, Image

BETA_SQUARED = 0.3
TOLERANCE = 2.0


@dataclass(frozen=True)
class Scores:
    iou: float
    mae: float
    f_beta: float
    boundary_f: float | None  # None where the truth leaves its border open


def score(alpha: NDArray[np.float32], truth: Image) -> Scores:
    """`alpha` in 0..1 at the size of the truth, which is 0, 255 or UNKNOWN."""
    known = truth != UNKNOWN
    expected, found = truth > UNKNOWN, alpha > 0.5
    both = float((expected & found & known).sum())
    either = float(((expected | found) & known).sum())
    precision = both / max(1.0, float((found & known).sum()))
    recall = both / max(1.0, float((expected & known).sum()))
    return Scores(
        iou=both / either if either else 1.0,
        mae=float(np.abs(alpha - expected)[known].mean()),
        f_beta=f_measure(precision, recall, BETA_SQUARED),
        boundary_f=boundary_f(found, expected) if known.all() else None,
    )


def f_measure(precision: float, recall: float, beta_squared: float) -> float:
    below = beta_squared * precision + recall
    return (1 + beta_squared) * precision * recall / below if below else 0.0


def boundary_f(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> float:
    """Agreement of outlines, where up to two pixels apart is the same place."""
    ours, theirs = _outline(found), _outline(expected)
    if not ours.any() or not theirs.any():
        return float(ours.any() == theirs.any())
    precision = float((_distance_to(theirs)[ours] <= TOLERANCE).mean())
    recall = float((_distance_to(ours)[theirs] <= TOLERANCE).mean())
    return f_measure(precision, recall, 1.0)


def mean(scores: Iterable[Scores]) -> Scores:
    rows = list(scores)
    edges = [row.boundary_f for row in rows if row.boundary_f is not None]
    return Scores(
        iou=float(np.mean([row.iou for row in rows])),
        mae=float(np.mean([row.mae for row in rows])),
        f_beta=float(np.mean([row.f_beta for row in rows])),
        boundary_f=float(np.mean(edges)) if edges else None,
    )


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Foreground pixels that touch background; the picture's own border is no outline."""
    solid = mask.astype(np.uint8)
    inner = cv2.erode(solid, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return (solid > inner).astype(np.bool_)


def _distance_to(outline: NDArray[np.bool_]) -> NDArray[np.float32]:
    away = (~outline).astype(np.uint8)
    return cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32)
