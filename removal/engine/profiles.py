"""Conversion of ICC colour profiles to sRGB."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_ACCEPTED = {"RGB": ("RGB",), "CMYK": ("CMYK",), "GRAY": ("L",)}


def _probe_grid() -> Image.Image:
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    return Image.fromarray(grid.reshape(27, 27, 3))


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an RGB, CMYK or L picture to sRGB RGB.

    A profile that is absent, damaged or made for another colour space is ignored, as viewers do.
    """
    transform = _transform(image.mode, profile) if profile else None
    if transform is None:
        return image if image.mode == "RGB" else image.convert("RGB")
    return transform.apply(image)


def is_srgb(profile: bytes | None, mode: str = "RGB") -> bool:
    """Whether this profile changes nothing visible (at most one level) in an RGB or L picture."""
    transform = _transform(mode, profile) if profile else None
    if transform is None:
        return True
    grid = _probe_grid().convert(mode)
    before: NDArray[np.int16] = np.asarray(grid.convert("RGB"), dtype=np.int16)
    after: NDArray[np.int16] = np.asarray(transform.apply(grid), dtype=np.int16)
    return int(np.abs(before - after).max()) <= 1


def _transform(mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        if mode not in _ACCEPTED.get(source.profile.xcolor_space.strip(), ()):
            return None
        return ImageCms.ImageCmsTransform(source, _SRGB, mode, "RGB")
    except (OSError, ImageCms.PyCMSError, TypeError, ValueError):
        return None
