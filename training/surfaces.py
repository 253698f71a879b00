"""Photographed surfaces that scikit-image ships (CC0), used as grounds when it is installed."""

from __future__ import annotations

import importlib
import importlib.util

import cv2
import numpy as np

from training.photos import Image

NAMES = ("brick", "grass", "gravel")


def sample_surfaces() -> list[Image]:
    if importlib.util.find_spec("skimage") is None:
        return []
    data = importlib.import_module("skimage.data")
    return [_as_rgb(getattr(data, name)()) for name in NAMES]


def _as_rgb(pixels: Image) -> Image:
    rgb = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    return np.ascontiguousarray(rgb, np.uint8)
