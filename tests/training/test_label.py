"""The choice of reliable labels, and that no prediction is computed twice."""

import importlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

label: Any = importlib.import_module("training.label")
photos: Any = importlib.import_module("training.photos")

Grey = NDArray[np.uint8]


def square(left: int, right: int) -> Grey:
    grey = np.zeros((100, 120), np.uint8)
    grey[20:80, left:right] = 255
    return grey


def test_agreeing_masks_become_the_label() -> None:
    found = label.label(label.Answers(square(20, 100), square(20, 100)))
    assert np.array_equal(found, square(20, 100))


def test_pixels_where_masks_differ_are_unknown() -> None:
    found = label.label(label.Answers(square(20, 100), square(20, 92)))
    assert (found[30:70, 96:98] == photos.UNKNOWN).all()
    assert (found[30:70, 30:80] == 255).all()
    assert (found[:15] == 0).all()


def test_wide_grey_areas_are_unknown_but_soft_edges_are_not() -> None:
    plain = square(20, 100)
    plain[40:50, 40:50] = 140
    plain[20:80, 99] = 140
    found = label.label(label.Answers(plain, square(20, 100)))
    assert (found[43:47, 43:47] == photos.UNKNOWN).all()
    assert (found[30:70, 99] == 255).all()


def test_masks_that_differ_too_much_give_no_label() -> None:
    assert label.label(label.Answers(square(20, 100), square(60, 110))) is None


def test_the_mirrored_answer_decides_between_two() -> None:
    large, small = square(20, 100), square(20, 82)
    assert label.label(label.Answers(large, small)) is None
    assert label.label(label.Answers(large, small, square(60, 110))) is None
    found = label.label(label.Answers(large, small, large))
    assert (found[30:70, 30:75] == 255).all()
    assert (found[30:70, 88:95] == photos.UNKNOWN).all()


def test_a_picture_that_is_all_subject_or_none_gives_no_label() -> None:
    for value in (0, 255):
        grey = np.full((100, 120), value, np.uint8)
        assert label.label(label.Answers(grey, grey)) is None


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "calt_car_1.jpg"
    cv2.imwrite(str(path), np.zeros((100, 120, 3), np.uint8))
    return path


class Asked:
    """A model that always gives one answer, and counts its calls."""

    def __init__(self, answer: Grey) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self, rgb: Any) -> Grey:
        self.times += 1
        return self.answer


@pytest.mark.parametrize(("small", "times"), [(square(20, 100), 1), (square(60, 110), 2)])
def test_the_mirrored_mask_is_computed_only_in_doubt(
    photo: Path, tmp_path: Path, small: Grey, times: int
) -> None:
    teachers = label.Teachers(Asked(square(20, 100)), Asked(small))
    for _ in range(2):
        found = label.consult(photo, tmp_path / "out", teachers, mirror=True)
    assert np.array_equal(found.plain, square(20, 100))
    assert (teachers.large.times, teachers.small.times) == (times, 1)


def test_the_mirrored_answer_is_turned_back(photo: Path, tmp_path: Path) -> None:
    teachers = label.Teachers(Asked(square(20, 100)), Asked(square(60, 110)))
    found = label.consult(photo, tmp_path / "out", teachers, mirror=True)
    assert np.array_equal(found.mirrored, square(20, 100)[:, ::-1])


def test_a_file_that_is_not_the_published_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "u2net.onnx"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="not the published"):
        label.ask(path, "u2net")
