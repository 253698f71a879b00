"""The region of interest: the part of a photo in which the subject is searched."""

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.canvas import Region
from removal.engine.decode import Picture
from removal.engine.errors import EmptyRegion, RegionOutside
from removal.engine.types import Box

# A mask value below the first becomes 0, above the second 1; between them the mask rises linearly,
# because a hard step would leave jagged outlines.
_NOTHING, _ALL = 0.35, 0.65


def box_of(region: Region, width: int, height: int) -> Box:
    """The region in pixels. Raises RegionOutside and EmptyRegion."""
    box = Box(
        region.left.resolve(width),
        region.top.resolve(height),
        region.right.resolve(width),
        region.bottom.resolve(height),
    )
    if max(box.left, box.right) > width or max(box.top, box.bottom) > height:
        raise RegionOutside(
            f"the region reaches beyond the picture of {width} × {height} pixels",
            details={"reason": "roi_exceeds_bounds"},
        )
    if box.width < 1 or box.height < 1:
        raise EmptyRegion(
            "the region has no pixel: its right and bottom must lie beyond its left and top",
            details={"reason": "roi_region_empty"},
        )
    return box


def within(picture: Picture, region: Region | None) -> Picture:
    """The part of the picture that the region names; the picture itself without one."""
    if region is None:
        return picture
    box = box_of(region, picture.width, picture.height)
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[rows, columns])
    return Picture(np.ascontiguousarray(picture.rgb[rows, columns]), alpha, picture.format)


def return_to(picture: Picture, region: Region | None, matte: Pixels) -> Pixels:
    """The matte (h, w) of the region as one of the whole picture (H, W), zero beyond it."""
    if region is None:
        return matte
    box = box_of(region, picture.width, picture.height)
    whole = np.zeros((picture.height, picture.width), dtype=np.uint8)
    whole[box.top : box.bottom, box.left : box.right] = matte
    return whole


def hardened(matte: Pixels) -> Pixels:
    """The matte with its half-transparent parts made opaque or nothing, outlines kept smooth."""
    levels = (np.arange(256) / 255 - _NOTHING) / (_ALL - _NOTHING)
    table = np.clip(levels * 255 + 0.5, 0, 255).astype(np.uint8)
    return cv2.LUT(matte, table)
