"""The metrics themselves."""

import importlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2")
metrics: Any = importlib.import_module("training.metrics")


def square(left: int, right: int, size: int = 100) -> NDArray[np.uint8]:
    mask = np.zeros((size, size), np.uint8)
    mask[left:right, left:right] = 255
    return mask


def as_alpha(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    return mask.astype(np.float32) / np.float32(255)


def test_a_perfect_answer() -> None:
    truth = square(20, 80)
    found = metrics.score(as_alpha(truth), truth)
    assert (found.iou, found.mae, found.f_beta, found.boundary_f) == (1, 0, pytest.approx(1), 1)


def test_iou_counts_shared_over_all() -> None:
    found = metrics.score(as_alpha(square(20, 60)), square(20, 80))
    assert found.iou == pytest.approx(1600 / 3600)


def test_unknown_pixels_do_not_count_and_leave_the_outline_open() -> None:
    truth = square(20, 80)
    truth[10:20] = metrics.UNKNOWN
    answer = square(20, 80)
    answer[10:20] = 255
    found = metrics.score(as_alpha(answer), truth)
    assert found.iou == 1
    assert found.boundary_f is None


def test_an_empty_mask_matches_an_empty_truth() -> None:
    empty = square(0, 0)
    assert metrics.score(as_alpha(empty), empty).iou == 1
