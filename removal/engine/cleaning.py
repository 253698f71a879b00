"""Mask clean-up: faint islands are always dropped; holes and specks on request."""

import cv2
import numpy as np

from removal.engine.arrays import Floats, Pixels

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_FAINT, _CERTAIN = 0.05, 0.5


def shows_subject(alpha: Floats) -> bool:
    """Whether a mask reaches one half anywhere, which means that it has a subject; values 0…1."""
    return float(alpha.max()) >= _CERTAIN


def without_faint_islands(alpha: Floats) -> Floats:
    """Drop islands that nowhere reach one half, and are haze to the model itself.

    A mask that nowhere reaches one half becomes empty. Shape (h, w), values 0…1.
    """
    if not shows_subject(alpha):
        return np.zeros_like(alpha)
    count, labels = cv2.connectedComponents((alpha > _FAINT).astype(np.uint8), connectivity=8)
    kept_labels = np.zeros(count, dtype=np.bool_)
    kept_labels[labels[alpha >= _CERTAIN].astype(np.intp)] = True
    kept_labels[0] = True
    kept: Floats = np.where(kept_labels[labels.astype(np.intp)], alpha, np.float32(0))
    return kept


def clean(alpha: Floats) -> Floats:
    """Threshold at one half, fill enclosed holes, open once with a 3 × 3 cross.

    Soft values are kept along the outline that remains: a pixel within one step of the boundary
    keeps its own alpha, so that edges do not turn into steps. Shape (h, w), values 0…1.
    """
    solid = (alpha > 0.5).astype(np.uint8)
    opened = cv2.morphologyEx(_filled(solid), cv2.MORPH_OPEN, _CROSS)
    inside = cv2.erode(opened, _CROSS)
    reach = cv2.dilate(opened, _CROSS)
    cleaned: Floats = np.where(
        inside == 1, np.float32(1), np.where(reach == 1, alpha, np.float32(0))
    )
    return cleaned


def binary(alpha: Floats) -> Pixels:
    """Threshold at one half, fill enclosed holes, open once with a 3 × 3 cross: 0 or 255.

    Nothing soft is left, and outside of the frame counts as background, so the opening rounds a
    subject's corners there too. Shape (h, w), values 0…1.
    """
    filled = _filled((alpha > 0.5).astype(np.uint8))
    eroded = cv2.erode(filled, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    opened = cv2.dilate(eroded, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    levels: Pixels = opened * np.uint8(255)
    return levels


def _filled(solid: Pixels) -> Pixels:
    """The mask with holes filled: all that background cannot reach from outside the frame."""
    framed = cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(framed, None, (0, 0), 2)
    filled: Pixels = (framed[1:-1, 1:-1] != 2).astype(np.uint8)
    return filled
