"""PNG chunks: reduction of a file to what its pixels need.

Metadata may be a decompression bomb, so only the little that matters is kept, within bounds."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from removal.engine.errors import UnreadableImage
from removal.engine.headers import PNG_SIGNATURE

MAX_PROFILE_BYTES = 4 * 1024 * 1024
# Programs write pixels in chunks of 8 KiB or more; each chunk costs its reader time.
MAX_CHUNKS = 30_000
_COLOUR_USED = 2
# The keyword of a text chunk that holds XMP, and the bytes that say that it is not compressed.
_XMP = b"XML:com.adobe.xmp\0\0"
_NEEDED = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))


@dataclass(frozen=True, slots=True)
class PngParts:
    """A PNG without its metadata, and the little of it that matters for colour and direction."""

    data: bytes
    bit_depth: int
    grey: bool
    profile: bytes | None
    exif: bytes | None
    xmp: bytes | None


def strip_png(data: bytes) -> PngParts:
    """Keep the chunks that carry pixels; read the colour profile and EXIF within fixed bounds.

    Raises UnreadableImage for more chunks than any program writes.
    """
    profile, exif, xmp = None, None, None
    kept: list[bytes | memoryview] = [PNG_SIGNATURE]
    for kind, body, whole in _chunks(data):
        if kind in _NEEDED:
            kept.append(whole)
        elif kind == b"iCCP" and profile is None:
            profile = _inflate_profile(body)
        elif kind == b"eXIf" and exif is None:
            exif = bytes(body)
        elif kind == b"iTXt" and xmp is None and bytes(body[: len(_XMP)]) == _XMP:
            xmp = bytes(body[len(_XMP) : MAX_PROFILE_BYTES])
    bit_depth, colour_type = data[24:26].ljust(2, b"\0")
    return PngParts(b"".join(kept), bit_depth, not colour_type & _COLOUR_USED, profile, exif, xmp)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    view, position = memoryview(data), len(PNG_SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if position + 8 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        yield kind, view[position + 8 : end - 4], view[position:end]
        if kind == b"IEND":
            return
        position = end
    raise UnreadableImage("the PNG file is cut into more pieces than any program writes")


def _inflate_profile(body: memoryview) -> bytes | None:
    name_end = bytes(body[:80]).find(b"\0")
    if name_end < 1:
        return None
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(body[name_end + 2 :], MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if inflater.eof else None
