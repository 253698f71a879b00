"""Reading of a mask file."""

import io

import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.decode import decode
from removal.engine.errors import UnreadableImage
from removal.engine.mask_header import check_mask
from removal.engine.types import Limits


def read_mask(data: bytes, *, width: int, height: int, limits: Limits) -> Pixels:
    """The matte uint8 (height, width) in an 8-bit PNG: its alpha channel, or its grey without one.

    Raises what `check_mask` and `decode` raise.
    """
    check_mask(io.BytesIO(data), width=width, height=height, limits=limits)
    picture = decode(data, limits)
    matte = picture.rgb[..., 0] if picture.alpha is None else picture.alpha
    if matte.shape != (height, width):
        raise UnreadableImage("the mask says that it is to be turned; send it upright")
    return np.ascontiguousarray(matte)
