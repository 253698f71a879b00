"""Metrics of masks. Masks are float arrays 0…1 of one shape (H, W)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.float32]
Flags = NDArray[np.bool_]

THRESHOLD = 0.5
# Weight of precision against recall, after Achanta et al., CVPR 2009.
BETA_SQUARED = 0.3
# How far apart two outlines may be and still agree: so many pixels at this long side.
BOUNDARY_TOLERANCE, BOUNDARY_SIDE = 2, 448
# A subject's core lies so far inside its outline, as a share of the long side. A mask is
# see-through where more than a share of the core is neither nearly opaque nor nearly clear.
CORE_DEPTH, SEE_THROUGH_SHARE = 0.01, 0.05
NEARLY_CLEAR, NEARLY_OPAQUE = 0.1, 0.9
GOOD_IOU = 0.9


@dataclass(frozen=True)
class Scores:
    """All in 0…1; less is better for `mae` and `see_through` only.

    `boundary_f` is None where the truth leaves its outline open. `see_through` is 1 for a mask
    that is half transparent inside the subject, and `good` for one with an IoU of 0.9 that is not;
    their means are shares of the photos.
    """

    iou: float
    mae: float
    f_beta: float
    boundary_f: float | None
    see_through: float
    good: float


def score(mask: Mask, truth: Mask, known: Flags) -> Scores:
    """Compare one mask where the truth is known, which must be somewhere.

    IoU, F-beta and boundary F are taken at a threshold of one half.
    """
    found, real = (mask >= THRESHOLD) & known, (truth >= THRESHOLD) & known
    both = _count(found & real)
    union = _count(found | real)
    precision = _share(both, _count(found))
    recall = _share(both, _count(real))
    iou = _share(both, union)
    hollow = _is_see_through(mask, truth >= THRESHOLD, known)
    return Scores(
        iou=iou,
        mae=float(np.abs(mask - truth)[known].mean()),
        f_beta=_f(precision, recall, BETA_SQUARED),
        boundary_f=_boundary_f(found, real) if known.all() else None,
        see_through=float(hollow),
        good=float(iou >= GOOD_IOU and not hollow),
    )


def mean(scores: Iterable[Scores]) -> Scores:
    """The mean of each score over the images where it is defined."""
    rows = list(scores)
    edges = [row.boundary_f for row in rows if row.boundary_f is not None]
    return Scores(
        iou=float(np.mean([row.iou for row in rows])),
        mae=float(np.mean([row.mae for row in rows])),
        f_beta=float(np.mean([row.f_beta for row in rows])),
        boundary_f=float(np.mean(edges)) if edges else None,
        see_through=float(np.mean([row.see_through for row in rows])),
        good=float(np.mean([row.good for row in rows])),
    )


def _is_see_through(mask: Mask, subject: Flags, known: Flags) -> bool:
    depth = round(CORE_DEPTH * max(mask.shape))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * depth + 1, 2 * depth + 1))
    core = (cv2.erode(subject.astype(np.uint8), disc) > 0) & known
    soft = (mask > NEARLY_CLEAR) & (mask < NEARLY_OPAQUE) & core
    return _count(soft) > SEE_THROUGH_SHARE * _count(core)


def _boundary_f(found: Flags, real: Flags) -> float:
    found_edge, real_edge = _edge(found), _edge(real)
    if not (found_edge.any() and real_edge.any()):
        return float(np.array_equal(found, real))
    reach = BOUNDARY_TOLERANCE * max(found.shape) / BOUNDARY_SIDE
    precision = float((_distance_to(real_edge)[found_edge] <= reach).mean())
    recall = float((_distance_to(found_edge)[real_edge] <= reach).mean())
    return _f(precision, recall, 1.0)


def _edge(mask: Flags) -> Flags:
    """Subject that touches ground; the picture's own border is no edge."""
    pixels = mask.astype(np.uint8)
    return pixels > cv2.erode(pixels, np.ones((3, 3), np.uint8))


def _distance_to(edge: Flags) -> Mask:
    away = (~edge).astype(np.uint8)
    return cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32)


def _f(precision: float, recall: float, beta_squared: float) -> float:
    below = beta_squared * precision + recall
    return (1 + beta_squared) * precision * recall / below if below else 0.0


def _count(pixels: NDArray[Any]) -> int:
    return int(np.count_nonzero(pixels))


def _share(part: int, whole: int) -> float:
    # Nothing found where there is nothing is right.
    return part / whole if whole else 1.0
