"""Photographed surfaces that scikit-image ships (CC0), used as grounds when it is installed."""

from __future__ import annotations

import importlib
import importlib.util

from training.photos import Image, as_rgb

NAMES = ("brick", "grass", "gravel")


def sample_surfaces() -> list[Image]:
    if importlib.util.find_spec("skimage") is None:
        return []
    data = importlib.import_module("skimage.data")
    return [as_rgb(getattr(data, name)()) for name in NAMES]
