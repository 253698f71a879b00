"""Reading canvas, fill, alignment and region of interest."""

import pytest

from removal.engine.canvas import (
    Align,
    Canvas,
    Coordinate,
    Region,
    parse_align,
    parse_canvas,
    parse_fill,
    parse_region,
)
from removal.engine.errors import BadOptions


@pytest.mark.parametrize(
    ("text", "canvas"),
    [
        ("2000x1500", Canvas(pixels=(2000, 1500))),
        (" 2000 X 1500 ", Canvas(pixels=(2000, 1500))),
        ("2000×1500px", Canvas(pixels=(2000, 1500))),
        ("4:5", Canvas(ratio=0.8)),
        ("1.91:1", Canvas(ratio=1.91)),
        ("original", Canvas()),
    ],
)
def test_canvas_is_a_size_a_ratio_or_the_photo(text: str, canvas: Canvas) -> None:
    assert parse_canvas(text) == canvas


@pytest.mark.parametrize(
    "text", ["", "2000", "0x5", "20001x5", "1:0", "0:1", "1:21", "a:b", "-1x5", "1x1x1", "٣x٣"]
)
def test_other_canvases_are_refused(text: str) -> None:
    with pytest.raises(BadOptions, match="canvas"):
        parse_canvas(text)


@pytest.mark.parametrize(("text", "share"), [("85%", 0.85), ("100 %", 1.0), ("1%", 0.01)])
def test_fill_is_a_share(text: str, share: float) -> None:
    assert parse_fill(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "0%", "0.5%", "101%", "85", "85px", "-5%"])
def test_other_fills_are_refused(text: str) -> None:
    with pytest.raises(BadOptions, match="fill"):
        parse_fill(text)


@pytest.mark.parametrize(
    ("text", "align"),
    [
        ("center", Align(0.5, 0.5)),
        ("bottom", Align(0.5, 1.0)),
        ("left", Align(0.0, 0.5)),
        ("top right", Align(1.0, 0.0)),
        ("right top", Align(1.0, 0.0)),
        ("center bottom", Align(0.5, 1.0)),
        ("30%", Align(0.3, 0.3)),
        ("0% 100%", Align(0.0, 1.0)),
    ],
)
def test_align_is_words_or_shares(text: str, align: Align) -> None:
    assert parse_align(text) == align


@pytest.mark.parametrize("text", ["", "middle", "top bottom", "left right", "50% 101%", "1% 2% 3%"])
def test_other_alignments_are_refused(text: str) -> None:
    with pytest.raises(BadOptions, match="align"):
        parse_align(text)


def test_region_mixes_pixels_and_shares() -> None:
    region = parse_region("0 10% 100% 200px")
    assert region == Region(
        Coordinate(0), Coordinate(10, percent=True), Coordinate(100, percent=True), Coordinate(200)
    )
    assert (region.top.resolve(500), region.bottom.resolve(500)) == (50, 200)


@pytest.mark.parametrize("text", ["", "0 0 100%", "a b c d", "0 0 0 0 0", "-1 0 5 5", "0 0 1e9 5"])
def test_other_regions_are_refused(text: str) -> None:
    with pytest.raises(BadOptions, match="roi"):
        parse_region(text)
