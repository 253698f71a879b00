"""Bands: the pixels that are neither fully subject nor fully background.

They are few, and only they need correction."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from removal.engine.arrays import Floats, Pixels

# Strips of this size stay in a processor's second-level cache through all steps.
_STRIP_PIXELS = 1 << 16
_COLUMNS = 1 << 10
_MOST_OF_THE_PICTURE = 1 / 3

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Band:
    """Partly transparent pixels of one strip of a picture of height × width.

    `flat` indexes the strip's pixels row by row; `rows` and `columns` are in the whole picture.
    """

    flat: Whole
    rows: Whole
    columns: Whole
    height: int
    width: int

    def sample(self, *maps: Floats) -> list[Floats]:
        """Read lower-resolution maps (h, w, C), all of one size, bilinearly: each (N, C)."""
        low_height, low_width = maps[0].shape[:2]
        x = _folded(self.columns, low_width / self.width)
        y = _folded(self.rows, low_height / self.height)
        read = [cv2.remap(m, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for m in maps]
        return [values.reshape(-1, values.shape[-1])[: len(self.flat)] for values in read]


def is_outline(alpha: Pixels) -> bool:
    """Whether the soft pixels of alpha (H, W) form an edge: less than a third of the picture.

    A mask with more of them has no edge to refine, and refining it would take unbounded time.
    """
    soft = cv2.countNonZero(cv2.inRange(alpha, 1, 254))
    return soft < _MOST_OF_THE_PICTURE * alpha.size


def strips(height: int, width: int) -> Iterator[slice]:
    """Slices of rows, each small enough to be worked on within the cache."""
    step = max(1, _STRIP_PIXELS // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def band_of(alpha: Pixels, strip: slice) -> Band | None:
    """The pixels with alpha 1…254 in one strip of alpha (H, W), or None when there are none."""
    height, width = alpha.shape
    partly = cv2.inRange(alpha[strip], 1, 254)
    flat = np.flatnonzero(partly.view(np.bool_))
    if not len(flat):
        return None
    rows, columns = np.divmod(flat, width)
    return Band(flat, rows + strip.start, columns, height, width)


def _folded(positions: Whole, scale: float) -> Floats:
    """Positions of pixel centres in a map `scale` times the size, folded into rows, because
    cv2.remap takes no side longer than 32,767."""
    count = len(positions)
    rows = -(-count // _COLUMNS)
    folded = np.zeros(rows * _COLUMNS, dtype=np.float32)
    np.multiply(positions, scale, out=folded[:count], casting="same_kind")
    folded[:count] += np.float32(scale / 2 - 0.5)
    return folded.reshape(rows, _COLUMNS)
