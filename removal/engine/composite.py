"""Compositing: photo and mask to the finished canvas, with clean edges."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from removal.engine.arrays import Floats, Pixels
from removal.engine.backgrounds import Background
from removal.engine.bands import band_of, is_outline, strips
from removal.engine.foreground import Colours, estimate


@dataclass(frozen=True)
class Layers:
    """Layers to compose: rgb (H, W, 3), the model's `matte` (H, W), and `alpha`, which is
    the matte times the transparency the file already had. `overview` is rgb, maybe reduced."""

    rgb: Pixels
    matte: Pixels
    alpha: Pixels
    overview: Pixels

    @cached_property
    def colours(self) -> Colours:
        return estimate(self.overview, self.matte)


def transparent(layers: Layers, *, clean_edges: bool = True) -> Pixels:
    """RGBA uint8 (H, W, 4), straight alpha: photo colours where opaque, the subject's own colour
    along the edge, and zeros wherever alpha is zero."""
    height, width = layers.alpha.shape
    rgba = np.zeros((height, width, 4), dtype=np.uint8)
    clean_edges = clean_edges and is_outline(layers.matte)
    for strip in strips(height, width):
        alpha = layers.alpha[strip]
        if not cv2.hasNonZero(alpha):
            continue
        pixels = cv2.cvtColor(layers.rgb[strip], cv2.COLOR_RGB2RGBA)
        cv2.insertChannel(alpha, pixels, 3)
        if clean_edges:
            _clean_edges(pixels, layers, strip)
        cv2.copyTo(pixels, alpha, rgba[strip])
    return rgba


def opaque(
    layers: Layers,
    background: Background,
    shade: Pixels | None = None,
    *,
    clean_edges: bool = True,
) -> Pixels:
    """RGB uint8 (H, W, 3): the subject over an opaque background, which `shade` (H, W) darkens."""
    height, width = layers.alpha.shape
    subject = transparent(layers, clean_edges=clean_edges)
    canvas = background.canvas(width, height)
    if shade is not None:
        light = cv2.cvtColor(cv2.bitwise_not(shade), cv2.COLOR_GRAY2RGB)
        canvas = cv2.multiply(canvas, light, scale=1 / 255)
    for strip in strips(height, width):
        weight = cv2.cvtColor(layers.alpha[strip], cv2.COLOR_GRAY2RGB) * np.float32(1 / 255)
        below = canvas[strip].astype(np.float32)
        colour = cv2.cvtColor(subject[strip], cv2.COLOR_RGBA2RGB)
        below += weight * (colour - below)
        below += np.float32(0.5)
        canvas[strip] = below
    return canvas


def tinted(
    layers: Layers, colour: tuple[int, int, int, int], shade: Pixels | None = None
) -> Pixels:
    """RGBA uint8 (H, W, 4): the subject over its shadow over a half-transparent colour."""
    subject = over_shadow(transparent(layers), shade)
    return _over(subject, np.array(colour[:3], dtype=np.float32), np.float32(colour[3] / 255))


def over_shadow(subject: Pixels, shade: Pixels | None) -> Pixels:
    """RGBA (H, W, 4) with a black shadow of opacity `shade` (H, W) below it."""
    if shade is None:
        return subject
    black = np.zeros(3, dtype=np.float32)
    return _over(subject, black, shade[..., None] * np.float32(1 / 255))


def _over(subject: Pixels, colour: Floats, opacity: Floats | np.float32) -> Pixels:
    """RGBA (H, W, 4), alpha straight, over a colour of one opacity or of (H, W, 1).

    Source-over as in Porter and Duff, "Compositing Digital Images" (1984).
    """
    over = subject[..., 3:] * np.float32(1 / 255)
    under = (1 - over) * opacity
    alpha = over + under
    mixed = subject[..., :3] * over + colour * under
    subject[..., :3] = mixed / np.maximum(alpha, np.float32(1e-6)) + np.float32(0.5)
    subject[..., 3] = alpha[..., 0] * 255 + np.float32(0.5)
    return subject


def colour_only(layers: Layers) -> Pixels:
    """RGB uint8 (H, W, 3) for a file that keeps alpha apart: clean edge colours, and beyond the
    subject a smooth continuation of it, so that nothing of the old background remains."""
    height, width = layers.alpha.shape
    smooth = cv2.cvtColor(cv2.convertScaleAbs(layers.colours.foreground), cv2.COLOR_RGBA2RGB)
    canvas: Pixels = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    subject = cv2.cvtColor(transparent(layers), cv2.COLOR_RGBA2RGB)
    return cv2.copyTo(subject, layers.alpha, canvas)


def _clean_edges(pixels: Pixels, layers: Layers, strip: slice) -> None:
    """Correct the partly transparent pixels of one RGBA strip in place."""
    band = band_of(layers.matte, strip)
    if band is None:
        return
    words: NDArray[np.uint32] = pixels.view(np.uint32).reshape(-1)
    seen = words[band.flat].view(np.uint8).reshape(-1, 4)
    matte = layers.matte[strip].reshape(-1)[band.flat]
    words[band.flat] = layers.colours.correct(seen, matte, band).view(np.uint32).reshape(-1)
