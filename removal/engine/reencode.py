"""Re-encoding of a picture, so that nothing of its file but its pixels stays."""

from dataclasses import dataclass, field

import numpy as np

from removal.engine.decode import decode
from removal.engine.encode import encode
from removal.engine.types import Limits, OutputFormat


@dataclass(frozen=True, slots=True)
class Reencoded:
    """The new file, and its size in pixels."""

    data: bytes = field(repr=False)
    width: int
    height: int


def reencoded(data: bytes, *, output: OutputFormat, quality: int, limits: Limits) -> Reencoded:
    """The picture as PNG, WebP or JPG in sRGB without metadata.

    The colour under alpha 0 is set to 0, as in every result. Raises EngineError for what cannot be
    decoded within the limits.
    """
    picture = decode(data, limits)
    pixels = picture.rgb
    if picture.alpha is not None and output is not OutputFormat.JPG:
        shown = picture.rgb * (picture.alpha > 0)[..., None]
        pixels = np.dstack([shown.astype(np.uint8), picture.alpha])
    encoded = encode(pixels, output, quality)
    return Reencoded(data=encoded, width=picture.width, height=picture.height)
