"""The binary mask: threshold, holes, opening, all at the model's size, and then resized.

The reference is written out pixel by pixel, as SciPy's `binary_fill_holes` and `binary_opening`
are defined: neighbours are those above, below, left and right, and beyond the frame is background.
"""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from removal.engine.cleaning import binary
from removal.engine.refine import refine
from removal.engine.types import Recipe
from tests.removal.engine.factories import disc, photo

Cells = set[tuple[int, int]]


def around(cell: tuple[int, int]) -> list[tuple[int, int]]:
    y, x = cell
    return [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]


def filled(solid: Cells, height: int, width: int) -> Cells:
    """All that background cannot reach from beyond the frame."""
    outside = {(y, x) for y in (-1, height) for x in range(-1, width + 1)}
    outside |= {(y, x) for y in range(-1, height + 1) for x in (-1, width)}
    frontier = list(outside)
    while frontier:
        for y, x in around(frontier.pop()):
            inside = 0 <= y < height and 0 <= x < width
            if inside and (y, x) not in solid and (y, x) not in outside:
                outside.add((y, x))
                frontier.append((y, x))
    return {(y, x) for y in range(height) for x in range(width)} - outside


def reference(alpha: Any) -> Any:
    height, width = alpha.shape
    solid = {(y, x) for y in range(height) for x in range(width) if alpha[y, x] > 0.5}
    whole = filled(solid, height, width)
    eroded = {cell for cell in whole if all(near in whole for near in around(cell))}
    opened = eroded | {near for cell in eroded for near in around(cell)}
    mask = np.zeros((height, width), dtype=np.uint8)
    for y, x in opened:
        if 0 <= y < height and 0 <= x < width:
            mask[y, x] = 255
    return mask


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_reference_for_random_masks(seed: int) -> None:
    alpha = np.random.default_rng(seed).random((23, 31)).astype(np.float32) ** 0.4
    assert np.array_equal(binary(alpha), reference(alpha))


def test_holes_are_filled_specks_dropped_and_corners_of_the_frame_rounded() -> None:
    alpha = np.zeros((9, 9), dtype=np.float32)
    alpha[0:6, 0:6] = 0.9
    alpha[3, 3] = 0.4
    alpha[7, 7] = 1
    mask = binary(alpha)
    assert np.array_equal(mask, reference(alpha))
    assert (mask[3, 3], mask[7, 7], mask[0, 0], mask[0, 1]) == (255, 0, 0, 255)


def test_only_more_than_one_half_counts() -> None:
    alpha = np.full((6, 6), 0.5, dtype=np.float32)
    assert not binary(alpha).any()


def test_it_is_resized_to_the_photo_and_nothing_else_is_done() -> None:
    small = disc(40, 40, softness=0.2)
    expected = Image.fromarray(reference(small)).resize((300, 200), Image.Resampling.LANCZOS)
    recipe = Recipe(guided_size=512, matting_size=512)
    mask = refine(small, photo(200, 300), recipe, binary_mask=True)
    assert np.array_equal(mask, np.array(expected))
    reduced = refine(small, photo(20, 30), Recipe(), binary_mask=True, size=(300, 200))
    assert np.array_equal(reduced, mask)
