"""Input of each model and reading of its answer, against values computed by hand from its
makers' own inference code. Most of the files are too large to be tested themselves."""

import numpy as np
import pytest
from PIL import Image

from removal.engine.catalogue import MODELS
from removal.engine.fusion import sides
from removal.engine.tensors import shrink, to_alpha, to_tensor
from removal.engine.types import Recipe

PIXELS = np.array([[[255, 128, 0], [0, 51, 102]]], dtype=np.uint8)
# Red, green and blue of both pixels: x/255, less the mean and divided by the deviation of ImageNet.
IMAGENET = [[2.248908, -2.117904], [0.205182, -1.142857], [-1.804444, -0.026667]]
HALF = [[0.5, -0.5], [0.001961, -0.3], [-0.5, -0.1]]
PLAIN = [[1.0, 0.0], [0.501961, 0.2], [0.0, 0.4]]

BIREFNETS = ("general-lite", "general", "portrait", "matting")
FED = {
    **{f"birefnet-{name}": IMAGENET for name in BIREFNETS},
    "bria-rmbg": IMAGENET,
    "u2net": IMAGENET,
    "u2netp": IMAGENET,
    "isnet-general-use": HALF,
    "ben2-base": PLAIN,
}
LOGITS, SIGMOID = [[0.0, 2.0], [-2.0, 1.098612]], [[0.5, 0.880797], [0.119203, 0.75]]
SPREAD, STRETCHED = [[0.2, 0.4], [0.6, 1.0]], [[0.0, 0.25], [0.5, 1.0]]
READ = {
    **{f"birefnet-{name}": (LOGITS, SIGMOID) for name in BIREFNETS},
    "bria-rmbg": (SPREAD, SPREAD),
    "u2net": (SPREAD, STRETCHED),
    "u2netp": (SPREAD, STRETCHED),
    "isnet-general-use": (SPREAD, STRETCHED),
    "ben2-base": (SPREAD, STRETCHED),
}


@pytest.mark.parametrize("name", FED)
def test_pixels_are_normalised_as_the_model_was_trained(name: str) -> None:
    tensor = to_tensor(PIXELS, MODELS[name])
    assert tensor.shape == (1, 3, 1, 2)
    assert np.allclose(tensor[0, :, 0], FED[name], atol=1e-5)


@pytest.mark.parametrize("name", ["u2net", "u2netp"])
def test_a_dark_picture_is_brightened_for_u2net_alone(name: str) -> None:
    dark = np.array([[[51, 0, 0]]], dtype=np.uint8)
    assert np.allclose(to_tensor(dark, MODELS[name])[0, 0, 0, 0], (1 - 0.485) / 0.229)
    other = to_tensor(dark, MODELS["birefnet-general"])
    assert np.allclose(other[0, 0, 0, 0], (0.2 - 0.485) / 0.229)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_answers_are_read_as_the_model_gives_them(name: str, kind: type) -> None:
    given, expected = READ[name]
    alpha = to_alpha(np.array([[given]], dtype=kind), MODELS[name])
    assert alpha.dtype == np.float32
    assert np.allclose(alpha, expected, atol=2e-3 if kind is np.float16 else 1e-5)


@pytest.mark.parametrize("name", FED)
def test_the_picture_is_as_large_as_the_model_wants_it(name: str) -> None:
    side = 320 if name.startswith("u2net") else 1024
    assert sides(Recipe(), MODELS[name], None) == (side,)


def test_fine_stripes_are_averaged_and_not_picked() -> None:
    stripes = np.zeros((960, 960, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    small = shrink(stripes, 320, MODELS["u2net"])
    assert small.shape == (320, 320, 3)
    assert abs(float(small.mean()) - 127.5) < 3
    assert small.std() < 45


@pytest.mark.parametrize("factor", [3.9, 2.1])
def test_a_large_picture_is_as_sharp_as_its_publisher_makes_it(factor: float) -> None:
    """rembg resizes the whole picture by Lanczos; means of 2 × 2 pixels alone are a blur."""
    random = np.random.default_rng(3)
    side = round(320 * factor)
    picture = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
    wanted = Image.fromarray(picture).resize((320, 320), Image.Resampling.LANCZOS)
    difference = np.abs(shrink(picture, 320, MODELS["u2netp"]) - np.asarray(wanted, np.float32))
    assert difference.mean() < 0.01


def test_models_without_commercial_use_are_marked() -> None:
    forbidden = {name for name, spec in MODELS.items() if not spec.commercial}
    assert forbidden == {"isnet-general-use", "bria-rmbg"}


def test_every_model_says_what_its_licence_leaves_open() -> None:
    for name, spec in MODELS.items():
        assert spec.note, name
        if name.startswith(("birefnet", "ben2")):
            assert "restrict commercial use" in spec.note
        if name in ("u2net", "u2netp"):
            assert "DUTS" in spec.note
