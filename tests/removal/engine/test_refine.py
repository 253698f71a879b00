import numpy as np
import pytest

from removal.engine.catalogue import MODELS
from removal.engine.cleaning import clean, without_faint_islands
from removal.engine.refine import refine
from removal.engine.tensors import stretched, to_alpha
from removal.engine.types import Recipe
from tests.removal.engine.factories import disc, photo

GUIDED = Recipe(guided_size=512)


def test_the_mask_is_as_large_as_the_photo() -> None:
    assert refine(disc(32, 32), photo(200, 300), Recipe()).shape == (200, 300)


def test_haze_becomes_nothing_and_near_certainty_becomes_certain() -> None:
    alpha = np.full((8, 8), 0.015, dtype=np.float32)
    alpha[4:] = 0.985
    mask = refine(alpha, photo(8, 8), Recipe())
    assert set(np.unique(mask)) == {0, 255}


def test_guidance_pulls_a_coarse_mask_to_the_edge() -> None:
    truth = disc(240, 320)
    coarse = disc(240, 320, radius=0.34, softness=0.12)
    small = coarse[::6, ::8]
    plain = refine(small, photo(240, 320), Recipe()) / 255
    guided = refine(small, photo(240, 320), GUIDED) / 255
    assert np.abs(guided - truth).mean() < 0.75 * np.abs(plain - truth).mean()


def test_guidance_leaves_decided_pixels_alone() -> None:
    small = disc(40, 40, softness=0.2)
    plain, guided = refine(small, photo(), Recipe()), refine(small, photo(), GUIDED)
    decided = (plain == 0) | (plain == 255)
    assert np.array_equal(plain[decided], guided[decided])


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("recipe", [Recipe(), GUIDED, Recipe(guided_size=512, matting_size=512)])
def test_flat_masks_pass_through(value: float, recipe: Recipe) -> None:
    mask = refine(np.full((20, 20), value, dtype=np.float32), photo(), recipe)
    assert np.ptp(mask) <= 2
    assert abs(int(mask[0, 0]) - value * 255) <= 2


def test_cleaning_fills_holes_and_removes_specks() -> None:
    alpha = np.zeros((40, 40), dtype=np.float32)
    alpha[10:30, 10:30] = 1
    alpha[18:22, 18:22] = 0
    alpha[3, 3] = 1
    cleaned = clean(alpha)
    assert cleaned[20, 20] == 1
    assert cleaned[3, 3] == 0


def test_cleaning_keeps_soft_edges() -> None:
    soft = disc(60, 60, softness=0.05)
    cleaned = clean(soft)
    assert ((cleaned > 0.1) & (cleaned < 0.9)).any()


def test_a_flat_answer_is_not_stretched() -> None:
    flat = np.full((4, 4), 0.25, dtype=np.float32)
    assert np.array_equal(stretched(flat), flat)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("model", ["lumiku-lite", "u2netp", "birefnet-general"])
def test_alpha_stays_in_range_for_every_model_output(value: float, model: str) -> None:
    output = np.full((1, 1, 4, 4), value, dtype=np.float32)
    alpha = to_alpha(output, MODELS[model])
    assert alpha.shape == (4, 4)
    assert ((alpha >= 0) & (alpha <= 1)).all()


def test_matting_touches_only_the_outline() -> None:
    small = disc(40, 40, softness=0.05)
    plain = refine(small, photo(), Recipe()).astype(int)
    matted = refine(small, photo(), Recipe(matting_size=512)).astype(int)
    assert (plain != matted).any()
    assert np.array_equal(plain[:4], matted[:4])
    assert plain[48, 64] == matted[48, 64] == 255


@pytest.mark.parametrize("recipe", [GUIDED, Recipe(matting_size=512)])
def test_a_mask_undecided_nearly_everywhere_is_left_alone(recipe: Recipe) -> None:
    hazy = np.tile(np.linspace(0.2, 0.8, 40, dtype=np.float32), (40, 1))
    assert np.array_equal(refine(hazy, photo(), recipe), refine(hazy, photo(), Recipe()))


def test_haze_that_is_nowhere_believed_disappears() -> None:
    alpha = np.zeros((60, 60), dtype=np.float32)
    alpha[10:30, 10:30] = 1
    alpha[40:50, 40:50] = 0.3
    kept = without_faint_islands(alpha)
    assert kept[20, 20] == 1
    assert kept[45, 45] == 0


def test_a_mask_of_nothing_but_haze_is_empty() -> None:
    assert not without_faint_islands(np.full((20, 20), 0.49, dtype=np.float32)).any()


def test_a_faint_subject_is_kept_whole_for_one_pixel_that_is_believed() -> None:
    alpha = np.full((20, 20), 0.3, dtype=np.float32)
    alpha[10, 10] = 0.5
    assert np.array_equal(without_faint_islands(alpha), alpha)


def test_the_soft_rim_of_a_subject_is_kept() -> None:
    alpha = np.zeros((40, 40), dtype=np.float32)
    alpha[10:30, 10:30] = 0.2
    alpha[15:25, 15:25] = 1
    assert np.array_equal(without_faint_islands(alpha), alpha)
