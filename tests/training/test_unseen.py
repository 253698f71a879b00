"""The photos unlike the training set, and their masks."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2")
photos: Any = importlib.import_module("training.photos")
unseen: Any = importlib.import_module("training.unseen")

NAMES = ("astronaut", "camera", "clock", "coffee", "rocket", "stereo_motorcycle")


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_marks_a_subject_and_leaves_little_open(name: str) -> None:
    mask = photos.read_grey(unseen.MASKS / f"{name}.png")
    assert set(np.unique(mask)) <= {0, photos.UNKNOWN, 255}
    assert 0.02 < (mask == 255).mean() < 0.7
    assert (mask == photos.UNKNOWN).mean() < 0.05


def test_photos_are_written_as_the_scorer_reads_them(tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    written = unseen.write_photos(tmp_path)
    found = photos.load_photos(tmp_path / "validation")
    assert [path.stem for path in written] == [f"other_{name}" for name in NAMES]
    assert [photo.name for photo in found] == [path.stem for path in written]
    assert {photo.kind for photo in found} == {photos.Kind.OTHER}
    assert all(photo.sample.rgb.shape[:2] == photo.sample.alpha.shape for photo in found)
