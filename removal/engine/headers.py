"""Format and size of a picture, read from its header alone in bounded time.

Nothing is decompressed and no image library runs, so a decompression bomb costs a few
microseconds. Formats: ITU-T T.81 annex B, PNG (ISO/IEC 15948) section 5, RFC 9649, TIFF 6.0
section 2, GIF89a section 18, the BITMAPINFOHEADER of Windows; HEIF and AVIF by `isobmff`.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from removal.engine import isobmff
from removal.engine.errors import UnreadableImage, UnsupportedFormat

ACCEPTED = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_SEGMENTS = 4096
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_OS2_HEADER = 12
_TIFF_SIDES = (256, 257)
_TIFF_NUMBERS = {1: "B", 3: "H", 4: "I"}
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


@dataclass(frozen=True, slots=True)
class Header:
    """Format name in lower case, the stored size before any EXIF rotation, and for JPEG the
    offset of the frame header, after which no thumbnail can follow."""

    format: str
    width: int
    height: int
    frame_offset: int = 0


def read_header(file: BinaryIO) -> Header:
    """Read the header of a seekable file. Raises UnsupportedFormat or UnreadableImage."""
    file.seek(0)
    start = file.read(64)
    if start[:3] == b"\xff\xd8\xff":
        return _jpeg(file)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _webp(start[:32])
    if brand := isobmff.brand_of(start):
        return _checked(brand, *isobmff.read_size(file))
    for signature, read in _SIGNATURES.items():
        if start.startswith(signature):
            return read(file)
    raise UnsupportedFormat(f"not an image of a supported format: use {ACCEPTED}")


def _png(file: BinaryIO) -> Header:
    file.seek(0)
    start = file.read(32)
    if len(start) < 26 or start[12:16] != b"IHDR":
        raise UnreadableImage("the PNG file has no image header")
    width, height = struct.unpack(">II", start[16:24])
    return _checked("png", width, height)


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    for _ in range(_MAX_SEGMENTS):
        marker = _next_marker(file)
        if marker in _STANDALONE:
            continue
        length = int.from_bytes(_exactly(file, 2), "big")
        if marker in (_START_OF_SCAN, _END_OF_IMAGE) or length < 2:
            break
        if marker in _START_OF_FRAME:
            _precision, height, width = struct.unpack(">BHH", _exactly(file, 5))
            return _checked("jpeg", width, height, file.tell())
        file.seek(length - 2, 1)
    raise UnreadableImage("the JPEG file has no frame header")


def _next_marker(file: BinaryIO) -> int:
    if _exactly(file, 1) != b"\xff":
        raise UnreadableImage("the JPEG file is damaged")
    code = _exactly(file, 1)
    for _ in range(_MAX_SEGMENTS):
        if code != b"\xff":
            return code[0]
        code = _exactly(file, 1)
    raise UnreadableImage("the JPEG file is damaged")


def _webp(start: bytes) -> Header:
    kind, body = start[12:16], start[20:]
    if len(body) < 10:
        raise UnreadableImage("the WebP file is cut off")
    if kind == b"VP8X":
        width, height = int.from_bytes(body[4:7], "little"), int.from_bytes(body[7:10], "little")
        return _checked("webp", width + 1, height + 1)
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return _checked("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return _checked("webp", width & 0x3FFF, height & 0x3FFF)
    raise UnreadableImage("the WebP file is damaged")


def _gif(file: BinaryIO) -> Header:
    file.seek(6)
    return _checked("gif", *struct.unpack("<HH", _exactly(file, 4)))


def _bmp(file: BinaryIO) -> Header:
    file.seek(14)
    (length,) = struct.unpack("<I", _exactly(file, 4))
    if length == _OS2_HEADER:
        return _checked("bmp", *struct.unpack("<HH", _exactly(file, 4)))
    width, height = struct.unpack("<ii", _exactly(file, 8))
    # A negative height says that the rows go from the top down.
    return _checked("bmp", width, abs(height))


def _tiff(file: BinaryIO) -> Header:
    file.seek(0)
    start = _exactly(file, 8)
    order = "<" if start[:2] == b"II" else ">"
    file.seek(struct.unpack(order + "I", start[4:])[0])
    (count,) = struct.unpack(order + "H", _exactly(file, 2))
    sides = {}
    for _ in range(count):
        tag, kind, _length = struct.unpack(order + "HHI", _exactly(file, 8))
        value = _exactly(file, 4)
        if tag in _TIFF_SIDES and kind in _TIFF_NUMBERS:
            form = _TIFF_NUMBERS[kind]
            sides[tag] = struct.unpack_from(order + form, value)[0]
    if len(sides) < len(_TIFF_SIDES):
        raise UnreadableImage("the TIFF file does not say how large its picture is")
    width, height = (sides[tag] for tag in _TIFF_SIDES)
    return _checked("tiff", width, height)


_SIGNATURES: dict[bytes, Callable[[BinaryIO], Header]] = {
    PNG_SIGNATURE: _png,
    b"GIF87a": _gif,
    b"GIF89a": _gif,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
}


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise UnreadableImage("the image file is cut off")
    return data


def _checked(name: str, width: int, height: int, frame_offset: int = 0) -> Header:
    if width < 1 or height < 1:
        raise UnreadableImage("the image has no pixels")
    return Header(name, width, height, frame_offset)
