"""Placement of the subject on the canvas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from removal.engine.canvas import Align, Canvas
from removal.engine.errors import BadOptions
from removal.engine.margins import parse_margin
from removal.engine.placement import Placement, place
from removal.engine.types import Box, Options

PICTURE = Box(0, 0, 400, 300)
SUBJECT = Box(100, 50, 200, 250)  # 100 wide, 200 tall


def placed(**options: object) -> Placement:
    return place(SUBJECT, PICTURE, Options(**options))  # type: ignore[arg-type]


def test_without_options_the_picture_stays_as_it_is() -> None:
    assert placed() == Placement(PICTURE, PICTURE, 400, 300)


def test_crop_leaves_the_subject_and_its_margin() -> None:
    result = placed(crop=True, crop_margin=parse_margin("10 20px"))
    assert result == Placement(SUBJECT, Box(20, 10, 120, 210), 140, 220)


def test_scale_counts_for_canvas_and_subject() -> None:
    assert placed(crop=True, scale=0.5) == Placement(SUBJECT, Box(0, 0, 50, 100), 50, 100)


def test_canvas_is_filled_to_85_per_cent_unless_told_otherwise() -> None:
    result = placed(canvas=Canvas(pixels=(2000, 2000)))
    assert (result.width, result.height) == (2000, 2000)
    assert result.target == Box(575, 150, 1425, 1850)


def test_fill_is_taken_by_the_side_that_limits() -> None:
    wide = placed(canvas=Canvas(pixels=(100, 1000)), fill=0.5)
    assert (wide.target.width, wide.target.height) == (50, 100)


def test_padding_is_kept_free_and_the_rest_is_shared() -> None:
    result = placed(canvas=Canvas(pixels=(1000, 1000)), padding=parse_margin("10% 50px"))
    assert result.target == Box(300, 100, 700, 900)


def test_align_shares_what_the_subject_leaves() -> None:
    bottom_left = placed(canvas=Canvas(pixels=(1000, 1000)), fill=0.5, align=Align(0, 1))
    assert bottom_left.target == Box(0, 500, 250, 1000)


def test_align_alone_moves_the_subject_over_the_picture() -> None:
    assert placed(align=Align(0.5, 0.5)) == Placement(SUBJECT, Box(150, 50, 250, 250), 400, 300)


def test_fill_without_a_canvas_is_a_share_of_the_picture() -> None:
    result = placed(fill=1.0)
    assert (result.width, result.height) == (400, 300)
    assert result.target == Box(125, 0, 275, 300)


def test_a_ratio_shows_the_subject_at_its_own_size() -> None:
    result = placed(canvas=Canvas(ratio=1.0), padding=parse_margin("50px"))
    assert result == Placement(SUBJECT, Box(100, 50, 200, 250), 300, 300)


def test_a_ratio_with_padding_in_per_cent_of_the_canvas() -> None:
    result = placed(canvas=Canvas(ratio=1.0), padding=parse_margin("10%"))
    assert (result.width, result.target.height) == (250, 200)


@pytest.mark.parametrize("padding", ["50%", "500px"])
def test_padding_that_leaves_no_room_is_refused(padding: str) -> None:
    with pytest.raises(BadOptions, match="no room"):
        placed(canvas=Canvas(pixels=(1000, 1000)), padding=parse_margin(padding))


def test_padding_that_leaves_no_room_in_a_ratio_is_refused() -> None:
    with pytest.raises(BadOptions, match="no room"):
        placed(canvas=Canvas(ratio=1.0), padding=parse_margin("50%"))


def test_a_cap_on_the_pixels_reduces_everything() -> None:
    result = placed(max_result_pixels=30_000)
    assert (result.width, result.height) == (200, 150)
    assert result.target == Box(0, 0, 200, 150)


sides = st.integers(1, 3000)


@given(st.tuples(sides, sides, sides, sides), st.floats(0.25, 3), st.integers(1, 250_000))
def test_the_canvas_never_passes_the_cap_and_is_never_empty(
    lengths: tuple[int, int, int, int], scale: float, cap: int
) -> None:
    width, height, left, top = lengths
    picture = Box(0, 0, left + width, top + height)
    subject = Box(left, top, left + width, top + height)
    for options in (
        Options(scale=scale, max_result_pixels=cap),
        Options(scale=scale, crop=True, max_result_pixels=cap),
        Options(canvas=Canvas(pixels=(left, top)), max_result_pixels=cap),
        Options(canvas=Canvas(ratio=1.5), fill=0.7, max_result_pixels=cap),
    ):
        result = place(subject, picture, options)
        assert 1 <= result.width * result.height <= max(cap, result.width, result.height)
        assert result.target.width >= 1
        assert result.target.height >= 1
