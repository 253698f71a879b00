"""The orientation that EXIF or XMP gives a picture, read defensively and applied to arrays."""

import re
import struct
from collections.abc import Callable

import cv2

from removal.engine.arrays import Pixels

_PREFIX = b"Exif\0\0"
_ORIENTATION_TAG = 0x0112
# Byte, short and long: the standard says short, and phones have written the others.
_NUMBERS = {1: "B", 3: "H", 4: "I"}
_XMP = re.compile(rb"""tiff:Orientation\s*(?:=\s*["']|>)\s*([1-8])\s*["'<]""")
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def read_orientation(exif: bytes | None, xmp: bytes | None = None) -> int:
    """Return 1…8; anything absent, damaged or out of range counts as 1 (upright).

    Reads the first directory of EXIF only (TIFF 6.0, section 2), with the "Exif" prefix never,
    once or more often. XMP counts where EXIF says nothing.
    """
    tiff = exif or b""
    while tiff.startswith(_PREFIX):
        tiff = tiff.removeprefix(_PREFIX)
    found = _in_directory(tiff)
    if found is None and (match := _XMP.search(xmp or b"")):
        found = int(match[1])
    return found if found in _TURNS else 1


def _in_directory(tiff: bytes) -> int | None:
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _length = struct.unpack_from(order + "HHI", tiff, entry)
            if tag == _ORIENTATION_TAG and kind in _NUMBERS:
                return int(struct.unpack_from(order + _NUMBERS[kind], tiff, entry + 8)[0])
    except struct.error:
        return None
    return None


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """The (width, height) after `upright`: turned by a quarter from 5 on."""
    return (size[1], size[0]) if orientation > 4 else size


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn stored pixels the way the camera meant them to be seen."""
    turn = _TURNS.get(orientation)
    return turn(pixels) if turn else pixels
