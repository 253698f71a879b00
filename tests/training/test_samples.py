"""The samples that the network is trained with."""

import importlib
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
composite: Any = importlib.import_module("training.composite")
photos: Any = importlib.import_module("training.photos")
samples: Any = importlib.import_module("training.samples")


@pytest.fixture
def photo() -> Any:
    """A red figure with an open border on a green ground."""
    rgb = np.full((120, 90, 3), (20, 160, 40), np.uint8)
    alpha = np.zeros((120, 90), np.uint8)
    alpha[28:102, 28:62] = photos.UNKNOWN
    alpha[30:100, 30:60] = 255
    rgb[30:100, 30:60] = (200, 30, 30)
    weight = np.where(alpha == photos.UNKNOWN, 0, 255).astype(np.uint8)
    return photos.Photo("pet_1", photos.Kind.PETS, photos.Sample(rgb, alpha, weight))


@pytest.fixture
def stream(photo: Any) -> Any:
    studio = composite.Studio([photo], [], composite.bare_grounds([photo], smallest=20), [])
    return samples.SampleStream([photo], studio, 64, 7, samples.Mixture())


def test_samples_are_square_bytes_of_one_size(stream: Any) -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        drawn = stream.draw(rng)
        assert drawn.rgb.shape == (64, 64, 3)
        assert drawn.alpha.shape == drawn.weight.shape == (64, 64)
        assert drawn.rgb.dtype == drawn.alpha.dtype == np.uint8


def test_the_same_seed_draws_the_same_sample(stream: Any) -> None:
    first, second = (stream.draw(np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.rgb, second.rgb)
    assert np.array_equal(first.alpha, second.alpha)


def test_an_open_border_does_not_count(photo: Any) -> None:
    layer = composite.photo_layer(photo)
    assert layer.alpha.shape == (74, 34)
    assert (layer.weight[0] == 0).all()
    assert (layer.weight[10:60, 10:20] == 255).all()


def test_backgrounds_exclude_the_subject(photo: Any) -> None:
    grounds = composite.bare_grounds([photo], smallest=20)
    assert len(grounds) == 2
    assert all((ground == (20, 160, 40)).all() for ground in grounds)


def test_a_compound_is_all_subject(photo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composite, "COMPOUNDS", 1.0)
    studio = composite.Studio([photo], [], [], [])
    drawn = composite.compose(np.random.default_rng(4), studio, 64)
    assert (drawn.alpha > 200).mean() > 0.05
    assert (drawn.weight == 255).all()


def test_a_picture_without_a_subject_has_none_anywhere(photo: Any) -> None:
    clutter = [np.full((90, 120, 3), 77, np.uint8)]
    studio = composite.Studio([photo], [], [], [], clutter)
    for seed in range(8):
        drawn = composite.empty(np.random.default_rng(seed), studio, 64)
        assert drawn.rgb.shape == (64, 64, 3)
        assert not drawn.alpha.any()
        assert (drawn.weight == 255).all()
