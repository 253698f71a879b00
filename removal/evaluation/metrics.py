"""How close a mask comes to the truth. Masks are float arrays 0…1 of one shape (H, W)."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.float32]

THRESHOLD = 0.5
# Weight of precision against recall, after Achanta et al., CVPR 2009.
BETA_SQUARED = 0.3
# Tolerance of the boundary measure as a share of the diagonal, after Perazzi et al., CVPR 2016.
BOUNDARY_TOLERANCE = 0.008


@dataclass(frozen=True)
class Scores:
    """All in 0…1; `mae` is the only one where less is better."""

    iou: float
    mae: float
    f_beta: float
    boundary_f: float


def score(mask: Mask, truth: Mask) -> Scores:
    """Compare one mask; IoU, F-beta and boundary F are taken at a threshold of one half."""
    found, real = mask >= THRESHOLD, truth >= THRESHOLD
    both = _count(found & real)
    union = _count(found | real)
    precision = _share(both, _count(found))
    recall = _share(both, _count(real))
    return Scores(
        iou=_share(both, union),
        mae=float(np.abs(mask - truth).mean()),
        f_beta=_f(precision, recall, BETA_SQUARED),
        boundary_f=_boundary_f(found, real),
    )


def mean(scores: Iterable[Scores]) -> Scores:
    """The mean over images of each score."""
    columns = np.array([astuple(one) for one in scores], dtype=np.float64)
    return Scores(*(float(value) for value in columns.mean(axis=0)))


def _boundary_f(found: NDArray[np.bool_], real: NDArray[np.bool_]) -> float:
    height, width = found.shape
    reach = max(1, round(BOUNDARY_TOLERANCE * float(np.hypot(height, width))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    found_edge, real_edge = _edge(found), _edge(real)
    near_real = cv2.dilate(real_edge, disc) > 0
    near_found = cv2.dilate(found_edge, disc) > 0
    precision = _share(_count((found_edge > 0) & near_real), _count(found_edge))
    recall = _share(_count((real_edge > 0) & near_found), _count(real_edge))
    return _f(precision, recall, 1.0)


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    pixels = mask.astype(np.uint8)
    inner = cv2.erode(pixels, np.ones((3, 3), np.uint8))
    return (pixels - inner).astype(np.uint8)


def _f(precision: float, recall: float, beta_squared: float) -> float:
    below = beta_squared * precision + recall
    return (1 + beta_squared) * precision * recall / below if below else 0.0


def _count(pixels: NDArray[Any]) -> int:
    return int(np.count_nonzero(pixels))


def _share(part: int, whole: int) -> float:
    # Nothing found where there is nothing is right.
    return part / whole if whole else 1.0
