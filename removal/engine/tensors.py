"""Conversion of pixels to model input and of model output to alpha, by the model's spec."""

import cv2
import numpy as np
from PIL import Image

from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import ModelSpec
from removal.engine.scaling import KEPT_SHARP, area, halved

_FLAT = 1e-6
_LIKELY = 0.5


def shrink(rgb: Pixels, side: int, spec: ModelSpec) -> Pixels:
    """Resize to side × side, by area or, for models whose masks depend on the sharpness of the
    input, as their publisher does."""
    if not spec.lanczos:
        return area(halved(rgb, side), side, side)
    near = halved(rgb, KEPT_SHARP * side)
    resized = Image.fromarray(near).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(resized)


def to_tensor(small: Pixels, spec: ModelSpec) -> Floats:
    """Normalise uint8 RGB (S, S, 3) to float32 (1, 3, S, S)."""
    brightest = float(small.max()) if spec.scale_by_max else 255.0
    tensor = np.empty((1, 3, *small.shape[:2]), dtype=np.float32)
    for channel, plane in enumerate(cv2.split(small)):
        mean, std = spec.mean[channel], spec.std[channel]
        np.multiply(plane, np.float32(1 / (max(brightest, 1.0) * std)), out=tensor[0, channel])
        tensor[0, channel] -= np.float32(mean / std)
    return tensor


def to_alpha(output: Floats, spec: ModelSpec) -> Floats:
    """Turn a model's first output into alpha 0…1 of shape (h, w)."""
    alpha: Floats = np.asarray(output, dtype=np.float32).reshape(output.shape[-2:])
    if spec.sigmoid:
        alpha = 1 / (1 + np.exp(-np.clip(alpha, -30, 30)))
    if spec.stretch:
        alpha = stretched(alpha)
    safe: Floats = np.nan_to_num(np.clip(alpha, 0, 1))
    return safe


def stretched(alpha: Floats) -> Floats:
    """Spread over 0…1. An output that is flat, or likely nowhere, stays as it is, because its
    contrast is noise and would become a subject."""
    low, high = float(alpha.min()), float(alpha.max())
    if not high - low > _FLAT or high < _LIKELY:
        return alpha
    return (alpha - low) / (high - low)
