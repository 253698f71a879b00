"""Encoded bytes to upright 8-bit sRGB pixels, whatever the file's colour model or depth."""

from dataclasses import dataclass

import cv2
import numpy as np
from pi_heif import register_heif_opener
from PIL import Image

from removal.engine import jpeg
from removal.engine.arrays import Pixels
from removal.engine.budget import BudgetedFile
from removal.engine.chunks import PngParts, strip_png
from removal.engine.depth import to_eight_bits
from removal.engine.errors import EngineError, UnreadableImage
from removal.engine.orientation import read_orientation, upright, upright_size
from removal.engine.probe import Probe, check_pixels, probe
from removal.engine.profiles import is_srgb, to_srgb
from removal.engine.types import Limits

_WITH_ALPHA = frozenset(("LA", "La", "PA", "RGBA", "RGBa"))
_GREY = frozenset(("L", "LA", "La"))
# Pillow has no reader of its own for HEIF; this registers one, which is used by name only.
register_heif_opener()
# libheif and Pillow's TIFF reader have already turned these, so EXIF must not count again.
_TURNED = frozenset(("heif", "tiff"))
_NAMES = {"webp": "WebP", "heif": "HEIC"}


@dataclass(frozen=True, slots=True)
class Picture:
    """Upright pixels: `rgb` uint8 (H, W, 3) in sRGB, read-only to its users, and `alpha` uint8
    (H, W) where the file had any. `full_size` is (width, height) where rgb is a reduced copy."""

    rgb: Pixels
    alpha: Pixels | None
    format: str
    full_size: tuple[int, int] | None = None

    @property
    def width(self) -> int:
        return self.full_size[0] if self.full_size else int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return self.full_size[1] if self.full_size else int(self.rgb.shape[0])


def decode(data: bytes, limits: Limits, *, least_side: int = 0) -> Picture:
    """Decode a picture of any format that `probe` knows: the first frame, or the first page.

    `least_side` says that a copy with no side shorter than that is enough; JPEG then decodes to
    one where it can. Raises TooManyBytes, TooManyPixels, UnsupportedFormat or UnreadableImage,
    never anything else.
    """
    header = probe(data, limits)
    try:
        if header.format == "jpeg":
            return _decode_jpeg(data, header, limits, least_side)
        return (_decode_png if header.format == "png" else _decode_other)(data, header, limits)
    except EngineError:
        raise
    except Exception as error:
        # Pillow and OpenCV leak ValueError, SyntaxError, struct.error and more on damaged files.
        name = _NAMES.get(header.format, header.format.upper())
        raise UnreadableImage(f"the {name} file is damaged or cut off") from error


def _decode_png(data: bytes, header: Probe, limits: Limits) -> Picture:
    parts = strip_png(data)
    deep = parts.bit_depth == 16
    image = _deep_png(parts) if deep else _open(parts.data, header, limits)
    return _finish(image, parts.profile, read_orientation(parts.exif, parts.xmp), "png")


def _decode_jpeg(data: bytes, header: Probe, limits: Limits, least_side: int) -> Picture:
    jpeg.check_scans(data, header)
    image = _open(data, header, limits)
    orientation = read_orientation(image.info.get("exif"), image.info.get("xmp"))
    profile = image.info.get("icc_profile")
    plain = image.mode in ("RGB", "L") and is_srgb(profile, image.mode)
    if plain and jpeg.is_complete(data, header):
        factor = jpeg.reduction(header, least_side)
        rgb = jpeg.decode_plain(data, factor)
        if rgb is not None:
            size = upright_size(image.size, orientation) if factor > 1 else None
            return Picture(upright(rgb, orientation), None, "jpeg", size)
    return _finish(image, profile, orientation, "jpeg")


def _decode_other(data: bytes, header: Probe, limits: Limits) -> Picture:
    image = _open(data, header, limits)
    orientation = 1
    if header.format not in _TURNED:
        orientation = read_orientation(image.info.get("exif"), image.info.get("xmp"))
    profile = image.info.get("icc_profile")
    return _finish(to_eight_bits(image), profile, orientation, header.format)


def _open(data: bytes, header: Probe, limits: Limits) -> Image.Image:
    """Open with the one plug-in for the format that the content has.

    The size must be what was probed; where a reader turns, cuts or widens the picture by itself,
    it must be within the limits.
    """
    file = BudgetedFile(data, seconds=limits.decode_seconds)
    image = Image.open(file, formats=(header.format.upper(),))
    if header.format in ("jpeg", "png", "webp"):
        if image.size != (header.width, header.height):
            raise UnreadableImage("the image file contradicts itself about its size")
    else:
        check_pixels(*image.size, limits)
    return image


def _deep_png(parts: PngParts) -> Image.Image:
    """16 bits a channel scaled to 8 by v/257, rounded (Pillow would cut or clip them)."""
    deep = cv2.imdecode(np.frombuffer(parts.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16:
        raise UnreadableImage("the PNG file is damaged or cut off")
    pixels = cv2.convertScaleAbs(deep, alpha=1 / 257)
    if pixels.ndim == 2:
        return Image.fromarray(pixels)
    order = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    image = Image.fromarray(cv2.cvtColor(pixels, order))
    # OpenCV spreads grey over three channels where there is alpha; a grey profile needs the one.
    return image.convert("LA") if parts.grey else image


def _finish(image: Image.Image, profile: bytes | None, orientation: int, name: str) -> Picture:
    image.load()
    alpha = None
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        grey, image = image.mode in _GREY, image.convert("RGBA")
        alpha = upright(np.asarray(image.getchannel("A")), orientation)
        image = image.convert("L" if grey else "RGB")
    elif image.mode not in ("L", "CMYK"):
        image = image.convert("RGB")
    rgb = np.asarray(_to_rgb(image, profile))
    return Picture(np.ascontiguousarray(upright(rgb, orientation)), alpha, name)


def _to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode == "RGB" and is_srgb(profile):
        return image
    return to_srgb(image, profile)
