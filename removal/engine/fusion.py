"""Fusion of the masks that one model gives for several views of a photo.

A view is the photo at one input size, as it is or mirrored.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from removal.engine.arrays import Floats, Pixels
from removal.engine.catalogue import ModelSpec
from removal.engine.tensors import shrink, to_tensor
from removal.engine.types import Recipe

Run = Callable[[Floats], Floats]


def sides(recipe: Recipe, spec: ModelSpec, fixed: int | None) -> tuple[int, ...]:
    """Input sides in pixels for a recipe's scales; a model of `fixed` size has only that one."""
    if fixed:
        return (fixed,)
    cells = [round(spec.size * scale / spec.multiple) for scale in recipe.scales]
    return tuple(count * spec.multiple for count in cells)


def fuse(rgb: Pixels, sides: tuple[int, ...], spec: ModelSpec, run: Run, *, flip: bool) -> Floats:
    """Mean alpha (S, S) over input sides and, with `flip`, the mirrored photo; S = largest side."""
    largest = max(sides)
    masks = [_resized(alpha, largest) for alpha in _masks(rgb, sides, spec, run, flip=flip)]
    if len(masks) == 1:
        return masks[0]
    return sum(masks[1:], masks[0]) / np.float32(len(masks))


def _masks(
    rgb: Pixels, sides: tuple[int, ...], spec: ModelSpec, run: Run, *, flip: bool
) -> Iterator[Floats]:
    for side in sides:
        tensor = to_tensor(shrink(rgb, side, spec), spec)
        yield run(tensor)
        if flip:
            yield run(np.ascontiguousarray(tensor[..., ::-1]))[:, ::-1]


def _resized(alpha: Floats, side: int) -> Floats:
    if alpha.shape == (side, side):
        return alpha
    resized: Floats = cv2.resize(alpha, (side, side), interpolation=cv2.INTER_CUBIC)
    return resized
