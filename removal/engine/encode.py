"""Encoding of finished pixels, without metadata."""

import io
import zipfile

from PIL import Image

from removal.engine.arrays import Pixels
from removal.engine.png import encode_png
from removal.engine.types import OutputFormat

CONTENT_TYPES = {
    OutputFormat.PNG: "image/png",
    OutputFormat.WEBP: "image/webp",
    OutputFormat.JPG: "image/jpeg",
    OutputFormat.ZIP: "application/zip",
}
_LOSSLESS = 100
_EPOCH = (1980, 1, 1, 0, 0, 0)


def encode(pixels: Pixels, output: OutputFormat, quality: int, *, dpi: int | None = None) -> bytes:
    """Encode grey (H, W), RGB or RGBA pixels as PNG, WebP or JPG (quality 1…100).

    `dpi` is written where the format can hold it, which WebP cannot.
    """
    if output is OutputFormat.PNG:
        return encode_png(pixels, dpi=dpi)
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    if output is OutputFormat.WEBP:
        lossless = quality == _LOSSLESS
        image.save(file, "WEBP", quality=0 if lossless else quality, lossless=lossless, method=1)
    else:
        image.save(file, "JPEG", quality=quality, dpi=(dpi, dpi) if dpi else (0, 0))
    return file.getvalue()


def encode_zip(rgb: Pixels, alpha: Pixels, quality: int) -> bytes:
    """Pack `color.jpg` and `alpha.png`, stored as they are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        colour = encode(rgb, OutputFormat.JPG, quality)
        archive.writestr(zipfile.ZipInfo("color.jpg", _EPOCH), colour)
        archive.writestr(zipfile.ZipInfo("alpha.png", _EPOCH), encode_png(alpha))
    return file.getvalue()
