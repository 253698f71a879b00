"""Large JPEG photos generated from scikit-image's public-domain and CC0 pictures.

An enlarged picture is smoother than a camera's, so grain of a camera's strength is added; the same
call always gives the same bytes.
"""

import io
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

NAMES = ("astronaut", "chelsea", "coffee", "rocket")


@cache
def _source(name: str) -> NDArray[np.uint8]:
    return np.asarray(getattr(data, name)(), dtype=np.uint8)


def pixels(name: str, megapixels: float, *, seed: int = 7) -> NDArray[np.uint8]:
    """The named picture enlarged to about this many megapixels, with grain: uint8 (H, W, 3)."""
    source = _source(name)
    factor = float(np.sqrt(megapixels * 1e6 / (source.shape[0] * source.shape[1])))
    size = round(source.shape[1] * factor), round(source.shape[0] * factor)
    large = cv2.resize(source, size, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).standard_normal(large.shape[:2], dtype=np.float32) * 6
    grain = cv2.GaussianBlur(grain, (0, 0), 0.8)
    noisy: NDArray[np.uint8] = np.clip(large + grain[..., None], 0, 255).astype(np.uint8)
    return noisy


def jpeg(name: str, megapixels: float, *, quality: int = 90) -> bytes:
    """The same, as a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(pixels(name, megapixels)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def forget() -> None:
    """Free the source pictures."""
    _source.cache_clear()
