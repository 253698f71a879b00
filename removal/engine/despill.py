"""Removal of green reflections from a subject that was photographed before a green screen."""

import numpy as np

from removal.engine.arrays import Pixels


def despilled(rgb: Pixels) -> Pixels:
    """The picture (H, W, 3) with green held to the larger of red and blue in every pixel.

    This is the usual keying rule: where green exceeds both others, the excess is taken for the
    screen's reflection. What is green by itself turns grey, so it is done only when asked for.
    """
    result = rgb.copy()
    np.minimum(rgb[..., 1], np.maximum(rgb[..., 0], rgb[..., 2]), out=result[..., 1])
    return result
