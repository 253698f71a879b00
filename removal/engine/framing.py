"""Finding the subject's box, cropping and scaling."""

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.placement import Placement
from removal.engine.types import Box

_VISIBLE = 8


def find_subject(alpha: Pixels) -> Box | None:
    """The box around everything visible (alpha of at least 8 of 255), or None."""
    x, y, width, height = cv2.boundingRect(cv2.inRange(alpha, _VISIBLE, 255))
    return Box(x, y, x + width, y + height) if width and height else None


def frame(pixels: Pixels, placement: Placement) -> Pixels:
    """Put a part of a picture on an empty canvas, scaled; beyond it lies zero.

    Only the part itself is scaled, so that a wide margin costs no more than its result and no
    border of the picture is mixed with the zeros beside it.
    """
    source, target = placement.source, placement.target
    part = pixels[source.top : source.bottom, source.left : source.right]
    scaled = resize(part, (target.width, target.height))
    left, top = max(0, -target.left), max(0, -target.top)
    right = min(target.width, placement.width - target.left)
    bottom = min(target.height, placement.height - target.top)
    if target == Box(0, 0, placement.width, placement.height):
        return np.ascontiguousarray(scaled)
    canvas = np.zeros((placement.height, placement.width, *pixels.shape[2:]), dtype=np.uint8)
    x, y = target.left + left, target.top + top
    canvas[y : y + bottom - top, x : x + right - left] = scaled[top:bottom, left:right]
    return canvas


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize to (width, height): by area when shrinking, cubic when enlarging."""
    height, width = pixels.shape[:2]
    if size == (width, height):
        return pixels
    how = cv2.INTER_AREA if size[0] <= width else cv2.INTER_CUBIC
    return cv2.resize(pixels, size, interpolation=how)
