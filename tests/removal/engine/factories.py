"""Pictures made by arithmetic, so that no test needs a photo, and a predictor that is exact."""

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from removal.engine.types import Limits, Recipe

LIMITS = Limits()
FOREGROUND, BACKGROUND = (200, 40, 30), (20, 60, 220)

Array = NDArray[Any]


def disc(height: int, width: int, *, radius: float = 0.35, softness: float = 0.02) -> Array:
    """Float alpha 0…1 of a centred disc whose edge is `softness` of the short side wide."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    side = min(height, width)
    distance = np.hypot(x - (width - 1) / 2, y - (height - 1) / 2) / side
    alpha: Array = np.clip((radius - distance) / softness + 0.5, 0, 1).astype(np.float32)
    return alpha


def photo(height: int = 96, width: int = 128, *, seed: int = 0) -> Array:
    """A uint8 RGB disc over another colour, blended along its edge, with fine texture."""
    alpha = disc(height, width)[..., None]
    blended = alpha * np.array(FOREGROUND) + (1 - alpha) * np.array(BACKGROUND)
    texture = np.random.default_rng(seed).normal(0, 3, blended.shape)
    pixels: Array = np.clip(blended + texture, 0, 255).astype(np.uint8)
    return pixels


def encoded(pixels: Array | Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Save pixels by Pillow."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def opened(data: bytes) -> Array:
    """Decode a result by Pillow to an array."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


@dataclass(frozen=True)
class DiscPredictor:
    """Finds the disc of `photo`, always, at a model size of 160 px."""

    name: str = "disc"
    engine: str = "arithmetic"
    softness: float = 0.02

    def input_side(self, recipe: Recipe) -> int:
        return 160

    def predict(self, rgb: Array, recipe: Recipe) -> Array:
        height, width = rgb.shape[:2]
        image = Image.fromarray(disc(height, width, softness=self.softness))
        return np.asarray(image.resize((160, 160), Image.Resampling.BOX))


@dataclass(frozen=True)
class FlatPredictor:
    """Answers one value everywhere."""

    value: float = 0.0
    name: str = "flat"
    engine: str = "arithmetic"

    def input_side(self, recipe: Recipe) -> int:
        return 160

    def predict(self, rgb: Array, recipe: Recipe) -> Array:
        return np.full((160, 160), self.value, dtype=np.float32)

    def likelihood(self, rgb: Array, recipe: Recipe) -> Array:
        return self.predict(rgb, recipe)


def linear_grey_profile() -> bytes:
    """The smallest grey profile there can be: its curve has no points, which means none at all."""
    white, curve = b"XYZ " + struct.pack(">Iiii", 0, 63190, 65536, 54061), b"curv" + bytes(8)
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", 156, 20, b"kTRC", 176, 12)
    header = struct.pack(">I4xI4s4s4s12x4s", 188, 0x02100000, b"mntr", b"GRAY", b"XYZ ", b"acsp")
    illuminant = struct.pack(">28xiii48x", 63190, 65536, 54061)
    return header + illuminant + tags + white + curve
