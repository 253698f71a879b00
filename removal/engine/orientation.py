"""EXIF orientation, read defensively and applied to arrays."""

import struct
from collections.abc import Callable

import cv2

from removal.engine.arrays import Pixels

_ORIENTATION_TAG, _SHORT = 0x0112, 3
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


def read_orientation(exif: bytes | None) -> int:
    """Return 1…8; anything absent, damaged or out of range counts as 1 (upright).

    Reads the first directory only (TIFF 6.0, section 2), with or without the "Exif" prefix.
    """
    tiff = (exif or b"").removeprefix(b"Exif\0\0")
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _length, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if (tag, kind) == (_ORIENTATION_TAG, _SHORT):
                return value if value in _TURNS else 1
    except struct.error:
        return 1
    return 1


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """What `upright` makes of a stored (width, height): turned by a quarter from 5 on."""
    return (size[1], size[0]) if orientation > 4 else size


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn stored pixels the way the camera meant them to be seen."""
    turn = _TURNS.get(orientation)
    return turn(pixels) if turn else pixels
