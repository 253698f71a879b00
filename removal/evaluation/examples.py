"""Photos with their true masks, and which of those fit together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from removal.engine.arrays import Pixels
from removal.engine.chunks import strip_png
from removal.engine.decode import Picture, decode
from removal.engine.errors import EngineError
from removal.engine.orientation import read_orientation, upright
from removal.engine.types import Limits
from removal.evaluation.metrics import Flags, Mask

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

_HALF = 128
_TINGE = 8
_STRETCH = 0.01
_WANTED = "a mask is white (255) where the subject is and black (0) where it is not"


@dataclass(frozen=True)
class Pair:
    photo: Path
    mask: Path


@dataclass(frozen=True)
class Example:
    """A photo uint8 RGB (H, W, 3), its true mask, and which pixels of that count."""

    rgb: NDArray[np.uint8]
    truth: Mask
    known: Flags


Read = Callable[[Pair], Example]
Warn = Callable[[str], object]


class Unfit(Exception):
    """A pair that cannot be scored; the message names the file and says why."""


def find_pairs(images: Path, masks: Path) -> list[Pair]:
    """The photos of one folder that have a mask NAME.png in the other, by name."""
    photos = (path for path in sorted(images.iterdir()) if path.suffix.lower() in _SUFFIXES)
    pairs = (Pair(photo, masks / f"{photo.stem}.png") for photo in photos)
    return [pair for pair in pairs if pair.mask.is_file() and not pair.mask.samefile(pair.photo)]


def usable(pairs: Iterable[Pair], read: Read, *, warn: Warn) -> list[Pair]:
    """The pairs that can be scored; each of the others is warned of."""
    found, faults = [], []
    for pair in tqdm(pairs, desc="reading", unit="image", leave=False):
        try:
            read(pair)
            found.append(pair)
        except Unfit as fault:
            faults.append(f"{fault}; left out")
    for line in faults:
        warn(line)
    return found


def read_pair(pair: Pair, *, unknown: int | None, limits: Limits) -> Example:
    """The photo upright, and its mask at the same size; `unknown` is a grey value that leaves
    pixels out. Raises Unfit."""
    photo = _decoded(pair.photo, _read(pair.photo), limits)
    if photo.alpha is not None and photo.alpha.min() < 255:
        raise Unfit(f"{pair.photo}: it is transparent in places, so it has been cut out already")
    rgb = photo.rgb
    levels = _levels(pair.mask, limits)
    size = (rgb.shape[1], rgb.shape[0])
    _check_shape(pair.mask, (levels.shape[1], levels.shape[0]), size)
    counts = levels != unknown
    known = cv2.resize(counts.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if not known.any():
        raise Unfit(f"{pair.mask}: every pixel is unknown")
    brightest = levels[counts].max()
    if 0 < brightest < _HALF:
        raise Unfit(f"{pair.mask}: its brightest pixel is {brightest}; {_WANTED}")
    return Example(rgb, resized(as_mask(levels), size), known)


def as_mask(levels: Pixels) -> Mask:
    """Grey 0…255 as 0…1."""
    mask: Mask = np.divide(levels, 255, dtype=np.float32)
    return mask


def resized(mask: Mask, size: tuple[int, int]) -> Mask:
    """Bring a mask to `size` (width, height), staying within 0…1."""
    scaled = cv2.resize(mask, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(scaled, 0, 1).astype(np.float32)


def _levels(path: Path, limits: Limits) -> Pixels:
    """A mask's grey, or the transparency of a cut-out, upright: uint8 (h, w)."""
    try:
        parts = strip_png(_read(path))
    except EngineError as error:
        raise Unfit(f"{path}: {error}") from error
    # Without its profile: a mask's grey is a share, not a shade.
    picture = _decoded(path, parts.data, limits)
    return upright(_shares(path, picture), read_orientation(parts.exif))


def _shares(path: Path, picture: Picture) -> Pixels:
    if picture.alpha is not None and picture.alpha.min() < 255:
        return picture.alpha
    red, green, blue = cv2.split(picture.rgb)
    if max(cv2.norm(red, plane, cv2.NORM_INF) for plane in (green, blue)) > _TINGE:
        raise Unfit(f"{path}: it is coloured; {_WANTED}")
    return green


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unfit(f"{path}: {error.strerror}") from error


def _decoded(path: Path, data: bytes, limits: Limits) -> Picture:
    try:
        return decode(data, limits)
    except EngineError as error:
        raise Unfit(f"{path}: {error}") from error


def _check_shape(path: Path, mask: tuple[int, int], photo: tuple[int, int]) -> None:
    if abs(mask[0] * photo[1] / (mask[1] * photo[0]) - 1) > _STRETCH:
        shown = "{} × {} beside a photo of {} × {} as it is seen upright"
        raise Unfit(f"{path}: {shown.format(*mask, *photo)}")
