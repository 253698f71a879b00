"""Read the size of a JPEG, PNG or WebP from its header alone, in bounded time.

Nothing is decompressed and no image library runs, so a decompression bomb costs a few
microseconds. Formats: ITU-T T.81 annex B, PNG (ISO/IEC 15948) section 5, RFC 9649.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from removal.engine.errors import UnreadableImage, UnsupportedFormat

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_SEGMENTS = 4096
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
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
    start = file.read(32)
    if start[:8] == PNG_SIGNATURE:
        return _png(start)
    if start[:3] == b"\xff\xd8\xff":
        return _jpeg(file)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _webp(start)
    raise UnsupportedFormat("not an image of a supported format: use JPEG, PNG or WebP")


def _png(start: bytes) -> Header:
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


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise UnreadableImage("the image file is cut off")
    return data


def _checked(name: str, width: int, height: int, frame_offset: int = 0) -> Header:
    if width < 1 or height < 1:
        raise UnreadableImage("the image has no pixels")
    return Header(name, width, height, frame_offset)
