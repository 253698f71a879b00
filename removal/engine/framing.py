"""Where the subject is, and cropping and scaling around it."""

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.errors import TooManyPixels
from removal.engine.margins import Margin
from removal.engine.types import Box, Limits

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


def crop(pixels: Pixels, box: Box) -> Pixels:
    """Cut a box out of a picture; what lies beyond the picture becomes zero."""
    height, width = pixels.shape[:2]
    inner = pixels[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    before_y, before_x = max(0, -box.top), max(0, -box.left)
    after_y, after_x = max(0, box.bottom - height), max(0, box.right - width)
    if not (before_y or before_x or after_y or after_x):
        return np.ascontiguousarray(inner)
    return cv2.copyMakeBorder(inner, before_y, after_y, before_x, after_x, cv2.BORDER_CONSTANT)


def scaled_size(width: int, height: int, scale: float, limits: Limits) -> tuple[int, int]:
    """The size after scaling. Raises TooManyPixels when enlarging passes the cap."""
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale > 1 and size[0] * size[1] > limits.max_pixels:
        raise TooManyPixels(
            f"scaled by {scale:g} the result would have {size[0]} × {size[1]} pixels; "
            f"at most {limits.max_pixels / 1e6:g} megapixels are allowed",
            details={"width": size[0], "height": size[1], "maxPixels": limits.max_pixels},
        )
    return size


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize to (width, height): by area when shrinking, cubic when enlarging."""
    height, width = pixels.shape[:2]
    if size == (width, height):
        return pixels
    how = cv2.INTER_AREA if size[0] <= width else cv2.INTER_CUBIC
    return cv2.resize(pixels, size, interpolation=how)
