"""Refinement: from the model's small alpha to a mask of the photo's size."""

import cv2
import numpy as np
from PIL import Image

from removal.engine.arrays import Floats, Pixels
from removal.engine.bands import is_outline
from removal.engine.cleaning import binary, clean, without_faint_islands
from removal.engine.guided import guide
from removal.engine.matting import matte
from removal.engine.types import Recipe

# Below and above these, the model's output is noise around 0 and 1.
_HAZE, _SOLID = 0.02, 0.98


def refine(
    alpha: Floats,
    rgb: Pixels,
    recipe: Recipe,
    *,
    clean_mask: bool = False,
    binary_mask: bool = False,
    size: tuple[int, int] | None = None,
) -> Pixels:
    """Return alpha uint8 (H, W) for model alpha float32 (h, w) in 0…1 and the photo (H, W, 3).

    With `binary_mask` it is 0 or 1 at the model's size and then resized, and nothing else is done.
    `size` is (W, H) where rgb is a reduced copy, for recipes that do not use it.
    """
    width, height = size or (rgb.shape[1], rgb.shape[0])
    if binary_mask:
        small = Image.fromarray(binary(alpha))
        return np.array(small.resize((width, height), Image.Resampling.LANCZOS))
    alpha = np.clip((alpha - _HAZE) / (_SOLID - _HAZE), 0, 1)
    alpha = without_faint_islands(alpha)
    if clean_mask:
        alpha = clean(alpha)
    full = enlarge(alpha, width, height)
    if not is_outline(full):
        return full
    if recipe.guided_size:
        full = guide(full, rgb, recipe.guided_size, model_side=alpha.shape[0])
    if recipe.matting_size:
        full = matte(full, rgb, recipe.matting_size, model_side=alpha.shape[0])
    return full


def enlarge(alpha: Floats, width: int, height: int) -> Pixels:
    """Resize alpha 0…1 to uint8 (height, width) by cubic interpolation."""
    levels = cv2.convertScaleAbs(alpha, alpha=255)
    full: Pixels = cv2.resize(levels, (width, height), interpolation=cv2.INTER_CUBIC)
    return full
