"""Photos with masks on disk, and candidates that need no model."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from removal.evaluation.candidates import Candidate, Segment, Segmenter
from removal.evaluation.examples import Pair
from removal.evaluation.metrics import Mask
from tests.removal.engine.factories import Array, disc, photo


def truth() -> Array:
    """The true mask of `photo`, uint8."""
    levels: Array = np.rint(disc(96, 128) * 255).astype(np.uint8)
    return levels


def pair(
    home: Path, name: str = "disc", mask: Array | Image.Image | None = None, **options: Any
) -> Pair:
    """Write photos/NAME.jpg and masks/NAME.png."""
    files = Pair(home / "photos" / f"{name}.jpg", home / "masks" / f"{name}.png")
    for file in (files.photo, files.mask):
        file.parent.mkdir(exist_ok=True)
    Image.fromarray(photo()).save(files.photo)
    levels = truth() if mask is None else mask
    image = levels if isinstance(levels, Image.Image) else Image.fromarray(levels)
    image.save(files.mask, **options)
    return files


def everything(rgb: NDArray[np.uint8]) -> Mask:
    return np.ones(rgb.shape[:2], np.float32)


def candidate(name: str, segment: Segment = everything) -> Candidate:
    return Candidate(name, lambda: Segmenter("arithmetic", segment))
