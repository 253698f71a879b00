"""Backgrounds: a colour, or a picture that covers the canvas."""

from dataclasses import dataclass

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.colours import Colour
from removal.engine.decode import decode
from removal.engine.types import Limits, Options

WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Background:
    """An opaque colour, or a picture (H, W, 3) that covers the canvas, centred."""

    colour: Colour = WHITE
    picture: Pixels | None = None

    def canvas(self, width: int, height: int) -> Pixels:
        """A fresh RGB canvas (height, width, 3)."""
        if self.picture is not None:
            return _cover(self.picture, width, height)
        return np.full((height, width, 3), over_white(self.colour), dtype=np.uint8)


def read_background(options: Options, limits: Limits) -> Background:
    """The requested background, or white. Raises what `decode` raises for a bad picture."""
    if options.background_image is None:
        return Background(colour=options.background_color or WHITE)
    picture = decode(options.background_image, limits)
    rgb = picture.rgb
    if picture.alpha is not None:
        weight = picture.alpha[..., None] * np.float32(1 / 255)
        rgb = (rgb * weight + 255 * (1 - weight) + 0.5).astype(np.uint8)
    return Background(picture=rgb)


def over_white(colour: Colour) -> tuple[int, int, int]:
    """Flatten an RGBA colour; an RGB one stays as it is."""
    alpha = colour[3] / 255 if len(colour) == 4 else 1.0
    red, green, blue = (round(value * alpha + 255 * (1 - alpha)) for value in colour[:3])
    return red, green, blue


def _cover(picture: Pixels, width: int, height: int) -> Pixels:
    """Scale to cover width × height and cut the overhang equally on both sides."""
    rows, columns = picture.shape[:2]
    factor = max(width / columns, height / rows)
    cut_width, cut_height = min(columns, round(width / factor)), min(rows, round(height / factor))
    left, top = (columns - cut_width) // 2, (rows - cut_height) // 2
    part = picture[top : top + max(1, cut_height), left : left + max(1, cut_width)]
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(part, (width, height), interpolation=how)
