"""Photos with masks, read from disk once and stored in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]

UNKNOWN = 128
CLUTTER = "background"
HELD_OUT_FROM, HELD_OUT_EVERY = 9, 10  # one tenth of the sorted kinds of labelled photos


def to_image(values: NDArray[Any]) -> Image:
    """Bytes of values in 0..255, rounded down."""
    image: Image = np.clip(values, 0, 255).astype(np.uint8)
    return image


class Kind(StrEnum):
    """The kinds of subjects of photos; the value is the prefix of the file name."""

    PEOPLE = "ccp"
    PETS = "pet"
    OBJECTS = "trash"
    MANY = "calt"  # a hundred kinds of objects, labelled by another model
    OTHER = "other"  # only scored, never trained on


@dataclass(frozen=True)
class Sample:
    """A picture, its alpha, and the weight of each pixel in the loss (all 0..255)."""

    rgb: Image
    alpha: Image
    weight: Image


@dataclass(frozen=True)
class Photo:
    name: str
    kind: Kind
    sample: Sample


def load_photos(folder: Path, *, without: Collection[Kind] = ()) -> list[Photo]:
    """All photos of a folder that have a mask, ordered by name."""
    found = _read_all(sorted(folder.glob("*.jpg")))
    return [photo for photo in found if photo.kind not in without]


def load_pairs(images: Path, masks: Path) -> list[Photo]:
    """The photos of one folder whose mask of the same name is in another."""
    photos = sorted(images.glob("*.jpg"))
    return list(_read_all((path for path in photos if (masks / _mask(path)).exists()), masks))


def load_labelled(folder: Path, labels: Path, *, held_out: bool = False) -> list[Photo]:
    """The photos of a folder whose label is in another one, except the held-out kinds.

    With `held_out` it returns only the photos of those kinds. Clutter is left out, because it has
    no subject.
    """
    photos = sorted(folder.glob("*.jpg"))
    kinds = sorted({sort_of(path) for path in photos} - {CLUTTER})
    aside = set(kinds[HELD_OUT_FROM::HELD_OUT_EVERY])
    chosen = aside if held_out else set(kinds) - aside
    wanted = (path for path in photos if sort_of(path) in chosen)
    return list(_read_all((path for path in wanted if (labels / _mask(path)).exists()), labels))


def load_clutter(folder: Path, labels: Path) -> list[Image]:
    """Pictures without a prominent subject: those of clutter that got no label."""
    photos = [path for path in sorted(folder.glob("*.jpg")) if sort_of(path) == CLUTTER]
    return [read_rgb(path) for path in photos if not (labels / _mask(path)).exists()]


def sort_of(path: Path) -> str:
    """The kind of a photo named `calt_SORT_NUMBER`."""
    return path.stem.split("_", 1)[1].rsplit("_", 1)[0]


def read_rgb(path: Path) -> Image:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"not a readable picture: {path}")
    return np.ascontiguousarray(pixels[:, :, ::-1]).astype(np.uint8, copy=False)


def as_rgb(pixels: Image) -> Image:
    """A grey or colour picture as three planes of bytes."""
    rgb = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    return np.ascontiguousarray(rgb, np.uint8)


def read_grey(path: Path) -> Image:
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise ValueError(f"not a readable mask: {path}")
    return pixels.astype(np.uint8, copy=False)


def read_cutouts(folder: Path) -> list[Image]:
    """RGBA cut-outs, cropped to the visible part."""
    return [_crop_to_alpha(_read_rgba(path)) for path in sorted(folder.glob("*.png"))]


def _mask(path: Path) -> str:
    return f"{path.stem}.png"


def _read_all(paths: Iterable[Path], masks: Path | None = None) -> Iterator[Photo]:
    for path in paths:
        mask = read_grey((masks or path.parent) / _mask(path))
        if not (mask > UNKNOWN).any():
            continue  # an empty mask has no subject to learn or to score
        weight = np.where(mask == UNKNOWN, 0, 255).astype(np.uint8)
        kind = Kind(path.name.split("_")[0])
        yield Photo(path.stem, kind, Sample(read_rgb(path), mask, weight))


def _read_rgba(path: Path) -> Image:
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise ValueError(f"not a cut-out with alpha: {path}")
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA).astype(np.uint8, copy=False)


def _crop_to_alpha(rgba: Image) -> Image:
    left, top, width, height = cv2.boundingRect((rgba[:, :, 3] > 8).astype(np.uint8))
    return np.ascontiguousarray(rgba[top : top + height, left : left + width])
