"""Check of an upload's header against the caps, cheap enough for web processes."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from removal.engine.errors import TooManyBytes, TooManyPixels, UnreadableImage
from removal.engine.headers import read_header
from removal.engine.types import Limits

CONTENT_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heif": "image/heic",
    "avif": "image/avif",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "gif": "image/gif",
}
EXTENSIONS = {**{name: name for name in CONTENT_TYPES}, "jpeg": "jpg", "heif": "heic"}


@dataclass(frozen=True, slots=True)
class Probe:
    """A file's header; the size is as stored, before any EXIF rotation."""

    format: str
    width: int
    height: int
    bytes: int
    frame_offset: int = 0

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.format]


def probe(source: bytes | BinaryIO, limits: Limits) -> Probe:
    """Check an encoded image (bytes or a seekable file, left at its start) against the caps.

    Raises TooManyBytes, UnsupportedFormat, UnreadableImage or TooManyPixels.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise UnreadableImage("the file is empty")
    if size > limits.max_bytes:
        raise TooManyBytes(
            f"the image has {size:,} bytes; at most {limits.max_bytes:,} are allowed",
            details={"bytes": size, "maxBytes": limits.max_bytes},
        )
    header = read_header(file)
    file.seek(0)
    check_pixels(header.width, header.height, limits)
    _check_sides(header.width, header.height, limits)
    return Probe(header.format, header.width, header.height, size, header.frame_offset)


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Raise TooManyPixels for a picture of more pixels than allowed."""
    if width * height > limits.max_pixels:
        raise TooManyPixels(
            f"the image is {width} × {height} pixels; "
            f"at most {limits.max_pixels / 1e6:g} megapixels are allowed",
            details={"width": width, "height": height, "maxPixels": limits.max_pixels},
        )


def _check_sides(width: int, height: int, limits: Limits) -> None:
    if max(width, height) > limits.max_side:
        raise TooManyPixels(
            f"the image is {width} × {height} pixels; "
            f"a side of at most {limits.max_side:,} is allowed",
            details={"width": width, "height": height, "maxSide": limits.max_side},
        )
