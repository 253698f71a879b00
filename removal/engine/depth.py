"""Reduction of pictures with more than 8 bits a channel."""

import numpy as np
from PIL import Image

_DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N")
_EIGHT_BITS, _SIXTEEN_BITS = 255.0, 65_535.0


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits, or floating point, to L; any other picture as it is.

    Files do not state the range of their numbers: 16 bits reach from 0 to 65535; others are
    taken as 0…1, 0…255 or 0…65535, whichever holds their largest number, else by that number.
    """
    if image.mode in _DEEP_GREY:
        white = _SIXTEEN_BITS
    elif image.mode in ("I", "F"):
        white = 0.0
    else:
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
    if not white:
        most = float(values.max())
        steps = (1.0,) if image.mode == "F" else ()
        ranges = (*steps, _EIGHT_BITS, _SIXTEEN_BITS)
        white = next((value for value in ranges if most <= value), most)
    levels = np.clip(values * (_EIGHT_BITS / white) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(levels)
