import numpy as np
import pytest

from removal.evaluation import metrics
from removal.evaluation.metrics import Mask


def square(left: int, right: int) -> Mask:
    mask = np.zeros((100, 100), np.float32)
    mask[20:80, left:right] = 1
    return mask


def test_perfect() -> None:
    assert metrics.score(square(20, 80), square(20, 80)) == metrics.Scores(1, 0, 1, 1)


def test_nothing_in_common() -> None:
    scores = metrics.score(square(0, 40), square(60, 100))
    assert (scores.iou, scores.f_beta) == (0, 0)
    assert scores.mae == pytest.approx(0.48)


def test_half_too_much() -> None:
    scores = metrics.score(square(20, 80), square(20, 50))
    assert scores.iou == pytest.approx(0.5)
    assert scores.f_beta == pytest.approx(1.3 * 0.5 / (0.3 * 0.5 + 1))


def test_boundary_forgives_a_pixel_but_not_ten() -> None:
    assert metrics.score(square(20, 81), square(20, 80)).boundary_f == 1
    assert metrics.score(square(20, 90), square(20, 80)).boundary_f < 0.9


def test_empty_truth_found_empty_is_right() -> None:
    nothing = np.zeros((10, 10), np.float32)
    assert metrics.score(nothing, nothing).iou == 1


def test_mean_over_images() -> None:
    rows = [metrics.Scores(1, 0, 1, 1), metrics.Scores(0, 1, 0, 0)]
    assert metrics.mean(rows) == metrics.Scores(0.5, 0.5, 0.5, 0.5)
