import numpy as np
import pytest

from removal.evaluation import metrics
from removal.evaluation.metrics import Mask, Scores

ALL = np.ones((448, 448), np.bool_)


def square(left: int, right: int) -> Mask:
    mask = np.zeros((448, 448), np.float32)
    mask[90:358, left:right] = 1
    return mask


def disc(radius: int) -> Mask:
    y, x = np.mgrid[:448, :448] - 224
    mask: Mask = (np.hypot(x, y) <= radius).astype(np.float32)
    return mask


def score(mask: Mask, truth: Mask) -> Scores:
    return metrics.score(mask, truth, np.ones(mask.shape, np.bool_))


def test_perfect() -> None:
    assert score(square(90, 358), square(90, 358)) == Scores(1, 0, 1, 1, 0, 1)


def test_nothing_in_common() -> None:
    scores = score(square(0, 112), square(336, 448))
    assert (scores.iou, scores.f_beta, scores.boundary_f) == (0, 0, 0)
    assert scores.mae == pytest.approx(0.5 * 268 / 448)


def test_half_too_much() -> None:
    scores = score(square(90, 358), square(90, 224))
    assert scores.iou == pytest.approx(0.5)
    assert scores.f_beta == pytest.approx(1.3 * 0.5 / (0.3 * 0.5 + 1))


@pytest.mark.parametrize(("scale", "forgiven"), [(1, 2), (3, 6)])
def test_boundary_forgives_two_pixels_of_448(scale: int, forgiven: int) -> None:
    big = np.kron(square(90, 358), np.ones((scale, scale), np.float32))
    assert score(np.roll(big, forgiven, axis=1), big).boundary_f == 1
    assert score(np.roll(big, forgiven + 1, axis=1), big).boundary_f != 1


def test_empty_truth_found_empty_is_right() -> None:
    nothing = np.zeros((10, 10), np.float32)
    assert score(nothing, nothing) == Scores(1, 0, 1, 1, 0, 1)


def test_masks_without_an_outline_that_differ_are_wrong() -> None:
    full = np.ones((10, 10), np.float32)
    assert score(np.zeros_like(full), full).boundary_f == 0


def test_unknown_pixels_count_in_nothing() -> None:
    known = (disc(115) > 0) == (disc(85) > 0)
    truth = np.where(known, disc(100), 0.5).astype(np.float32)
    perfect = metrics.score(disc(100), truth, known)
    assert perfect == Scores(1, 0, 1, None, 0, 1)
    assert metrics.score(disc(86), truth, known) == perfect


def test_error_is_a_share_of_the_known_pixels() -> None:
    known = ALL.copy()
    known[:, :224] = False
    assert metrics.score(square(224, 448), square(0, 0), known).mae == pytest.approx(268 / 448)


def test_mean_over_images_where_it_is_defined() -> None:
    rows = [Scores(1, 0, 1, 0.25, 0, 1), Scores(0, 1, 0, None, 1, 0)]
    assert metrics.mean(rows) == Scores(0.5, 0.5, 0.5, 0.25, 0.5, 0.5)
    assert metrics.mean(rows[1:]).boundary_f is None


@pytest.mark.parametrize(("hollow", "see_through"), [(40, 0.0), (80, 1.0)])
def test_a_hole_half_transparent_counts_from_a_twentieth_of_the_core(
    hollow: int, see_through: float
) -> None:
    truth = square(90, 358)
    mask = truth.copy()
    mask[200 : 200 + hollow, 200 : 200 + hollow] = 0.6
    scores = score(mask, truth)
    assert scores.iou == 1
    assert (scores.see_through, scores.good) == (see_through, 1 - see_through)


def test_a_soft_outline_is_not_see_through() -> None:
    truth = square(90, 358)
    soft = truth.copy()
    soft[90:94, 90:358] = soft[354:358, 90:358] = 0.6
    assert score(soft, truth).see_through == 0


def test_a_mask_that_misses_too_much_is_not_good() -> None:
    assert score(square(90, 310), square(90, 358)).good == 0
