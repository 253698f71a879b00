"""Where the subject is, and cropping and scaling around it."""

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.margins import Margin
from removal.engine.types import Box

_VISIBLE = 8


def find_subject(alpha: Pixels) -> Box | None:
    """The box around everything visible (alpha of at least 8 of 255), or None."""
    x, y, width, height = cv2.boundingRect(cv2.inRange(alpha, _VISIBLE, 255))
    return Box(x, y, x + width, y + height) if width and height else None


def with_margin(box: Box, margin: Margin) -> Box:
    """Grow a box; it may reach beyond the picture, where there is nothing but transparency."""
    return Box(
        box.left - margin.left.resolve(box.width),
        box.top - margin.top.resolve(box.height),
        box.right + margin.right.resolve(box.width),
        box.bottom + margin.bottom.resolve(box.height),
    )


def frame(pixels: Pixels, box: Box, size: tuple[int, int]) -> Pixels:
    """Cut a box out of a picture and scale it to (width, height); beyond the picture lies zero.

    Only what the picture shows is scaled, so that a wide margin costs no more than its result and
    no border of the picture is mixed with the zeros beside it.
    """
    height, width = pixels.shape[:2]
    inner = pixels[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    left, right = _place(box.left, box.right, width, size[0])
    top, bottom = _place(box.top, box.bottom, height, size[1])
    scaled = resize(inner, (right - left, bottom - top))
    after_x, after_y = size[0] - right, size[1] - bottom
    if not (left or top or after_x or after_y):
        return np.ascontiguousarray(scaled)
    return cv2.copyMakeBorder(scaled, top, after_y, left, after_x, cv2.BORDER_CONSTANT)


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize to (width, height): by area when shrinking, cubic when enlarging."""
    height, width = pixels.shape[:2]
    if size == (width, height):
        return pixels
    how = cv2.INTER_AREA if size[0] <= width else cv2.INTER_CUBIC
    return cv2.resize(pixels, size, interpolation=how)


def _place(low: int, high: int, side: int, length: int) -> tuple[int, int]:
    """Where the part of low…high within 0…side goes when low…high becomes 0…length.

    In whole pixels of the result, so that the part may be moved by half of one.
    """
    scale = length / (high - low)
    start = min(round(max(0, -low) * scale), length - 1)
    return start, max(start + 1, round((min(high, side) - low) * scale))
