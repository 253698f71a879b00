"""The choice of training photos, and the held-out kinds."""

import importlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

photos: Any = importlib.import_module("training.photos")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two photos of each of twenty kinds and of clutter, all but the first of clutter labelled."""
    pictures, labels = tmp_path / "pictures", tmp_path / "labels"
    pictures.mkdir()
    labels.mkdir()
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255
    for sort in [f"kind_{n:02}" for n in range(20)] + [photos.CLUTTER]:
        for number in (1, 2):
            name = f"calt_{sort}_{number}"
            cv2.imwrite(str(pictures / f"{name}.jpg"), np.full((40, 40, 3), 90, np.uint8))
            if (sort, number) != (photos.CLUTTER, 1):
                cv2.imwrite(str(labels / f"{name}.png"), mask)
    return pictures, labels


def sorts(found: list[Any]) -> set[str]:
    return {photo.name.split("_", 1)[1].rsplit("_", 1)[0] for photo in found}


def test_whole_kinds_are_held_out(folders: tuple[Path, Path]) -> None:
    learned = photos.load_labelled(*folders)
    aside = photos.load_labelled(*folders, held_out=True)
    assert sorts(aside) == {"kind_09", "kind_19"}
    assert sorts(learned) == {f"kind_{n:02}" for n in range(20)} - sorts(aside)
    assert (len(learned), len(aside)) == (36, 4)


def test_clutter_has_no_label(folders: tuple[Path, Path]) -> None:
    assert len(photos.load_clutter(*folders)) == 1


def test_a_photo_without_a_label_is_not_learned_from(folders: tuple[Path, Path]) -> None:
    pictures, labels = folders
    (labels / "calt_kind_00_1.png").unlink()
    assert len(photos.load_labelled(pictures, labels)) == 35
