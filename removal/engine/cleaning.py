"""Optional mask clean-up: holes filled, specks opened away."""

import cv2
import numpy as np

from removal.engine.arrays import Floats, Pixels

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def clean(alpha: Floats) -> Floats:
    """Threshold at one half, fill enclosed holes, open once with a 3 × 3 cross.

    Soft values survive along the outline that remains: a pixel within one step of the boundary
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


def _filled(solid: Pixels) -> Pixels:
    """Everything that background cannot reach from outside the frame."""
    framed = cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(framed, None, (0, 0), 2)
    filled: Pixels = (framed[1:-1, 1:-1] != 2).astype(np.uint8)
    return filled
