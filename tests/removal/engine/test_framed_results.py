"""Pictures that are placed on a canvas, searched in a region, shaded or given a density."""

import io

import numpy as np
import pytest
from PIL import Image

from removal.engine.canvas import Align, Canvas, Coordinate, Region
from removal.engine.errors import BadOptions, EmptyRegion, RegionOutside
from removal.engine.pipeline import remove
from removal.engine.types import Box, Cutout, Options, OutputFormat, Recipe
from tests.removal.engine.factories import DiscPredictor, FlatPredictor, encoded, opened, photo

WHITE = (255, 255, 255)


def cut(**options: object) -> Cutout:
    made = Options(**options)  # type: ignore[arg-type]
    return remove(encoded(photo()), made, predictor=DiscPredictor(), recipe=Recipe())


def region(*positions: float) -> Region:
    return Region(*(Coordinate(position) for position in positions))


def test_the_subject_fills_its_share_of_a_white_square() -> None:
    result = cut(canvas=Canvas(pixels=(400, 400)), background_color=WHITE, format=OutputFormat.JPG)
    pixels = opened(result.data)
    assert pixels.shape == (400, 400, 3)
    assert result.foreground_box is not None
    assert max(result.foreground_box.width, result.foreground_box.height) in range(338, 343)
    assert (pixels[:20] > 250).all()


def test_an_aligned_subject_touches_its_side() -> None:
    box = cut(canvas=Canvas(pixels=(300, 300)), fill=0.5, align=Align(1, 1)).foreground_box
    assert box is not None
    assert (box.right, box.bottom) == (300, 300)


def test_nothing_of_the_old_background_comes_along() -> None:
    pixels = opened(cut(canvas=Canvas(pixels=(300, 300)), fill=0.5).data)
    assert not pixels[pixels[..., 3] == 0].any()


def test_a_mask_alone_can_be_framed() -> None:
    assert opened(cut(canvas=Canvas(ratio=2.0), mask_only=True).data).ndim == 2


def test_only_the_region_is_looked_at() -> None:
    options = Options(region=region(10, 20, 60, 80))
    result = remove(
        encoded(photo()), options, predictor=FlatPredictor(1.0), recipe=Recipe(guided_size=64)
    )
    assert result.foreground_box == Box(10, 20, 60, 80)
    assert (result.width, result.height) == (128, 96)


def test_a_region_beyond_the_picture_is_refused() -> None:
    with pytest.raises(RegionOutside, match="128 × 96"):
        cut(region=region(0, 0, 129, 96))


@pytest.mark.parametrize("positions", [(5, 5, 5, 9), (9, 5, 5, 9), (0, 9, 9, 5)])
def test_a_region_without_a_pixel_is_refused(positions: tuple[float, ...]) -> None:
    with pytest.raises(EmptyRegion):
        cut(region=region(*positions))


def test_a_shadow_darkens_the_ground_below_the_subject_alone() -> None:
    plain = opened(cut(canvas=Canvas(pixels=(300, 300)), background_color=WHITE).data)
    shaded = opened(cut(canvas=Canvas(pixels=(300, 300)), background_color=WHITE, shadow=0.6).data)
    darker = plain[..., :3].astype(int) - shaded[..., :3]
    assert darker.min() >= -1
    rows = np.flatnonzero(darker.max(axis=(1, 2)) > 5)
    assert rows.min() > 200
    assert darker.max() > 60


def test_a_shadow_on_nothing_is_half_transparent_black() -> None:
    plain = opened(cut(canvas=Canvas(pixels=(300, 300))).data)
    shaded = opened(cut(canvas=Canvas(pixels=(300, 300)), shadow=0.5).data)
    below = (plain[..., 3] == 0) & (shaded[..., 3] > 0)
    assert below.any()
    assert not shaded[below][:, :3].any()
    assert shaded[below][:, 3].max() <= 128


def test_half_transparent_parts_become_opaque_or_nothing_when_asked() -> None:
    def centre(value: float) -> int:
        predictor = FlatPredictor(value)
        result = remove(encoded(photo()), Options(solid=True), predictor=predictor, recipe=Recipe())
        return int(opened(result.data)[48, 64, 3])

    assert centre(0.7) == 255


def test_density_is_written_where_the_format_has_a_place_for_it() -> None:
    for output in (OutputFormat.PNG, OutputFormat.JPG):
        data = cut(format=output, dpi=300).data
        density = Image.open(io.BytesIO(data)).info["dpi"]
        assert density == pytest.approx((300, 300), abs=0.02)
    assert "dpi" not in Image.open(io.BytesIO(cut().data)).info


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"crop": True, "canvas": Canvas()}, "crop cuts"),
        ({"fill": 0.5, "padding": "margin"}, "not both"),
        ({"shadow": 0.5, "mask_only": True}, "shadow needs"),
        ({"shadow": 1.5}, "from 0 to 1"),
        ({"dpi": 10}, "dpi must"),
    ],
)
def test_contradictions_are_refused(options: dict[str, object], reason: str) -> None:
    with pytest.raises(BadOptions, match=reason):
        Options(**options)  # type: ignore[arg-type]
