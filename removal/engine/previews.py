"""Small WebP pictures of a photo and of its result, for lists and comparisons."""

import io
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image

from removal.engine.arrays import Pixels
from removal.engine.scaling import area, fit_within, halved
from removal.engine.types import Previews

SMALL, LARGE = 256, 1024
# The fastest of WebP's methods, and an alpha of fewer levels: the files are small anyway, and a
# caller is waiting.
_QUICK = {"quality": 80, "alpha_quality": 50, "method": 0}


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The extras of a result that is still in memory: its mask, encoded, and both pictures."""

    mask: bytes = field(repr=False)
    photo: Pixels = field(repr=False)
    photo_alpha: Pixels | None = field(repr=False)
    result: Pixels = field(repr=False)
    result_alpha: Pixels | None = field(repr=False)

    def of_original(self) -> Previews:
        return previews(self.photo, self.photo_alpha)

    def of_result(self) -> Previews:
        return previews(self.result, self.result_alpha)


def previews(pixels: Pixels, alpha: Pixels | None = None) -> Previews:
    """Previews of grey (H, W), RGB, RGBA, or RGB with its `alpha` (H, W) apart.

    Their long sides have 256 and 1024 pixels, or as many as the picture has.
    """
    large = _shrunk(pixels, LARGE)
    if alpha is not None:
        # Such colours go on beyond the subject, so they are reduced as they are.
        large = np.dstack([large, _shrunk(alpha, LARGE)])
    return Previews(small=_webp(_shrunk(large, SMALL)), large=_webp(large))


def _shrunk(pixels: Pixels, long_side: int) -> Pixels:
    height, width = pixels.shape[:2]
    size = fit_within(width, height, long_side)
    if size == (width, height):
        return pixels
    small = area(halved(pixels, min(size)), *size)
    if pixels.ndim == 2 or pixels.shape[2] < 4:
        return small
    # Colours under alpha 0 are zeros and have darkened the means along the edge: divide by the
    # share of visible pixels in each mean.
    visible = cv2.inRange(cv2.extractChannel(pixels, 3), 1, 255)
    share = area(halved(visible, min(size)), *size)
    rows, columns = np.nonzero(cv2.inRange(share, 1, 254))
    colour = small[rows, columns, :3] * (np.float32(255) / share[rows, columns, None])
    small[rows, columns, :3] = np.minimum(colour + np.float32(0.5), 255)
    return small


def _webp(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", **_QUICK)
    return file.getvalue()
