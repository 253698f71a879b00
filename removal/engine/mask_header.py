"""Check of a mask's header, before anything is decoded; pure."""

import struct
from typing import BinaryIO

from removal.engine.errors import BadOptions, TooManyBytes, UnsupportedFormat
from removal.engine.headers import PNG_SIGNATURE
from removal.engine.types import Limits

_GREY, _GREY_ALPHA, _RGBA = 0, 4, 6


def check_mask(file: BinaryIO, *, width: int, height: int, limits: Limits) -> None:
    """Accept an 8-bit PNG of exactly this size: grey, or with an alpha channel that is the mask.

    Raises TooManyBytes, UnsupportedFormat or BadOptions. The file is left at its start.
    """
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(26)
    file.seek(0)
    if size > limits.max_bytes:
        raise TooManyBytes(
            f"a mask may have {limits.max_bytes / 1024 / 1024:g} MB",
            details={"maxBytes": limits.max_bytes},
        )
    if len(start) < 26 or not start.startswith(PNG_SIGNATURE) or start[12:16] != b"IHDR":
        raise UnsupportedFormat("a mask is a PNG file")
    found = struct.unpack(">II", start[16:24])
    if found != (width, height):
        raise BadOptions(
            f"the mask has {found[0]} × {found[1]} pixels and the picture {width} × {height}",
            details={"width": width, "height": height},
        )
    depth, colours = start[24], start[25]
    if depth != 8 or colours not in (_GREY, _GREY_ALPHA, _RGBA):
        raise UnsupportedFormat("a mask is a PNG with 8 bits a channel: grey, or with alpha")
