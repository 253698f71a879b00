"""The background that the frozen model excludes from the loss."""

import importlib
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
photos: Any = importlib.import_module("training.photos")
teacher: Any = importlib.import_module("training.teacher")

CAR = 7
WHOLE = 448


@pytest.fixture(params=["PEOPLE", "PETS"])
def photo(request: pytest.FixtureRequest) -> Any:
    """A subject on the left; all of it counts."""
    alpha = np.zeros((WHOLE, WHOLE), np.uint8)
    alpha[:, :100] = 255
    rgb, weight = np.zeros((WHOLE, WHOLE, 3), np.uint8), np.full_like(alpha, 255)
    return photos.Photo("1", photos.Kind[request.param], photos.Sample(rgb, alpha, weight))


def weights(photo: Any, label: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The weights of pixels when the model detects one kind of object everywhere."""
    everywhere = np.full((160, 160), label, np.uint8)
    monkeypatch.setattr(teacher, "_label_map", lambda rgb, model: everywhere)
    return teacher._ignore(photo, None).sample.weight


def test_another_object_is_ignored_unless_near_the_subject(
    photo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = weights(photo, CAR, monkeypatch)
    assert (found[:, :112] == 255).all()
    assert (found[:, 113:] == 0).all()


@pytest.mark.parametrize("label", [teacher.NOTHING, teacher.SOFA])
def test_background_counts(photo: Any, label: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (weights(photo, label, monkeypatch) == 255).all()


def test_a_cat_counts_only_beside_people(photo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = (weights(photo, teacher.CAT, monkeypatch) == 255).all()
    assert counts == (photo.kind is photos.Kind.PETS)
