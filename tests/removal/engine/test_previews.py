"""Previews: small WebP pictures of a photo and its result."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from removal.engine import pipeline, registry
from removal.engine.previews import previews
from removal.engine.types import Extras, Options, OutputFormat
from removal.providers import selection
from tests.removal.factories import photo


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "WEBP"
    return picture


@pytest.mark.parametrize(
    ("size", "large", "small"),
    [
        ((2048, 1024), (1024, 512), (256, 128)),
        ((300, 600), (300, 600), (128, 256)),
        ((100, 50), (100, 50), (100, 50)),
        ((5000, 3), (1024, 1), (256, 1)),
    ],
)
def test_long_sides_are_reduced_and_never_enlarged(
    size: tuple[int, int], large: tuple[int, int], small: tuple[int, int]
) -> None:
    made = previews(np.zeros((size[1], size[0], 3), dtype=np.uint8))
    assert (opened(made.large).size, opened(made.small).size) == (large, small)


def test_edges_of_a_reduced_cut_out_are_not_darkened() -> None:
    red = np.zeros((1000, 2000, 4), dtype=np.uint8)
    cv2.circle(red, (1000, 500), 301, (220, 30, 30, 255), -1)
    pixels = np.asarray(opened(previews(red).large).convert("RGBA"))
    edge = pixels[(pixels[..., 3] > 60) & (pixels[..., 3] < 200)]
    assert len(edge) > 20
    # WebP keeps colour at half the resolution, so a little of the empty ground comes in.
    assert np.median(edge[:, 0]) > 190


@pytest.mark.parametrize("form", OutputFormat)
@pytest.mark.parametrize("mask_only", [False, True])
def test_every_format_has_previews_and_a_mask(form: OutputFormat, mask_only: bool) -> None:
    if mask_only and form is OutputFormat.ZIP:
        pytest.skip("no such result")
    extras = _extras(Options(format=form, mask_only=mask_only))
    assert opened(extras.of_original().large).size == (96, 64)
    assert opened(extras.of_result().small).size == (96, 64)
    mask = Image.open(io.BytesIO(extras.mask))
    assert (mask.mode, mask.size, mask.format) == ("L", (96, 64), "PNG")
    assert mask.getpixel((48, 32)) == 255
    assert mask.getpixel((1, 1)) == 0


def test_a_cropped_result_keeps_the_mask_of_the_whole_photo() -> None:
    extras = _extras(Options(crop=True))
    assert Image.open(io.BytesIO(extras.mask)).size == (96, 64)
    assert opened(extras.of_result().large).size != (96, 64)


def _extras(options: Options) -> Extras:
    predictor = selection.local_predictor("basic")
    recipe = registry.TIERS["basic"].recipe
    made = pipeline.remove(photo(), options, predictor=predictor, recipe=recipe, extras=True)
    assert made.extras is not None
    return made.extras
