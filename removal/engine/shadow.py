"""A soft contact shadow under the subject, as of a light from above."""

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.scaling import fit_within
from removal.engine.types import Box

# Shares of the subject's height: how flat the shadow lies, and how far it reaches below the
# subject's lowest point. Chosen by eye on product photos.
_FLATNESS = 0.14
_REACH = 0.035
# The blur's standard deviation as a share of the subject's longer side.
_SOFTNESS = 0.018
# The shadow is soft, so it is computed on a small copy and enlarged.
_WORK_SIDE = 512


def contact_shadow(alpha: Pixels, subject: Box | None, opacity: float) -> Pixels:
    """The darkness (H, W), 0…255, that the subject throws on the canvas of `alpha` (H, W).

    The subject's outline is pressed flat onto its lower edge, blurred and weighted by `opacity`
    (0…1). What would fall beyond the canvas is cut off.
    """
    height, width = alpha.shape
    small_width, small_height = fit_within(width, height, _WORK_SIDE)
    shade = np.zeros((small_height, small_width), dtype=np.uint8)
    if subject is None:
        return np.zeros_like(alpha)
    factor = small_width / width
    left, right = int(subject.left * factor), max(1, round(subject.right * factor))
    tall = max(1.0, subject.height * factor)
    outline = alpha[subject.top : subject.bottom, subject.left : subject.right]
    flat = cv2.resize(
        outline,
        (max(1, right - left), max(1, round(tall * _FLATNESS))),
        interpolation=cv2.INTER_AREA,
    )
    bottom = round(subject.bottom * factor + tall * _REACH)
    _paste(shade, flat, left, bottom - flat.shape[0])
    sigma = max(0.5, _SOFTNESS * max(tall, subject.width * factor))
    soft = cv2.convertScaleAbs(cv2.GaussianBlur(shade, (0, 0), sigma), alpha=opacity)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)


def _paste(canvas: Pixels, patch: Pixels, left: int, top: int) -> None:
    """Write a patch at (left, top), as far as the canvas reaches."""
    rows, columns = canvas.shape
    from_y, from_x = max(0, -top), max(0, -left)
    to_y, to_x = min(patch.shape[0], rows - top), min(patch.shape[1], columns - left)
    if to_y > from_y and to_x > from_x:
        canvas[top + from_y : top + to_y, left + from_x : left + to_x] = patch[
            from_y:to_y, from_x:to_x
        ]
