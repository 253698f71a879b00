"""Foreground colours: the subject's own colour under soft edges, without the old background's tint.

Blur-Fusion after Forte and Pitié, "Approximate Fast Foreground Colour Estimation" (ICIP 2021),
equations 4–7, in two passes. The blurs run on a reduced copy; only partly transparent pixels of
the full picture are then corrected with their own colour.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from removal.engine.arrays import Floats, Pixels
from removal.engine.bands import Band
from removal.engine.scaling import area, fit_within, halved

WORK_SIDE = 128
_WIDE, _NARROW = 1 / 14, 1 / 80
_SHARPNESS = 4
_TINY = 1e-3


@dataclass(frozen=True, slots=True)
class Colours:
    """Smooth foreground and background colour, float32 (h, w, 4) in 0…255, reduced size.

    The fourth channel is always zero: four make the pixel arithmetic of `correct` line up.
    """

    foreground: Floats
    background: Floats

    def correct(self, pixels: Pixels, matte: Pixels, band: Band) -> Pixels:
        """Foreground colours, RGBA uint8 (N, 4), for RGBA pixels (N, 4) seen with matte (N,).

        The alpha that comes in is the alpha that goes out.
        """
        foreground, background = band.sample(self.foreground, self.background)
        weight = np.repeat(matte * np.float32(1 / 255), 4).reshape(-1, 4)
        colour = foreground - background
        colour *= weight
        colour += background
        np.subtract(pixels, colour, out=colour)
        colour *= weight
        colour += foreground
        np.clip(colour, 0, 255, out=colour)
        colour[:, 3] = pixels[:, 3]
        colour += np.float32(0.5)
        return colour.astype(np.uint8)


def estimate(rgb: Pixels, matte: Pixels) -> Colours:
    """Estimate both smooth colours for uint8 rgb (H, W, 3) and matte (h, w) of the same shape;
    either may already be reduced."""
    size = fit_within(matte.shape[1], matte.shape[0], WORK_SIDE)
    image = _float(cv2.cvtColor(area(halved(rgb, min(size)), *size), cv2.COLOR_RGB2RGBA))
    image[..., 3] = 0
    plane = _float(area(halved(matte, min(size)), *size)) * np.float32(1 / 255)
    weight = cv2.merge([plane] * 4)
    rest = 1 - weight
    wide, narrow = round(max(size) * _WIDE), max(2, round(max(size) * _NARROW))
    foreground = _blend(image, _sharpened(weight), wide)
    background = _blend(image, _sharpened(rest), wide)
    residual = weight * (background - foreground)
    residual += image - background
    gain = weight * residual
    foreground = _clipped(foreground + gain)
    background = _clipped(background + residual - gain)
    return Colours(_blend(foreground, weight, narrow), _blend(background, rest, narrow))


def _blend(colour: Floats, weight: Floats, radius: int) -> Floats:
    """Weighted box mean (h, w, 4); where no weight is near, the mean over the whole picture."""
    weighted = colour * weight
    everywhere = np.divide(cv2.mean(weighted), np.maximum(cv2.mean(weight), _TINY))
    side = (2 * radius + 1, 2 * radius + 1)
    summed = cv2.blur(weighted, side, borderType=cv2.BORDER_REFLECT)
    weights = cv2.blur(weight, side, borderType=cv2.BORDER_REFLECT)
    return cv2.divide(cv2.add(summed, _TINY * everywhere), weights + np.float32(_TINY))


def _sharpened(weight: Floats) -> Floats:
    """Weights that favour nearly pure pixels over mixed ones."""
    return cv2.pow(weight, _SHARPNESS)


def _float(pixels: Pixels) -> Floats:
    return pixels.astype(np.float32)


def _clipped(values: Floats) -> Floats:
    return np.clip(values, 0, 255, out=values)
