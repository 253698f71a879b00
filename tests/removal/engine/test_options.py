import pytest

from removal.engine.colours import Colour, parse_colour
from removal.engine.errors import BadOptions
from removal.engine.margins import Length, Margin, parse_margin
from removal.engine.types import Options, OutputFormat


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#fff", (255, 255, 255)),
        ("81d4fa", (129, 212, 250)),
        ("#81D4FA80", (129, 212, 250, 128)),
        ("f008", (255, 0, 0, 136)),
        ("1, 2,3", (1, 2, 3)),
        ("1,2,3,4", (1, 2, 3, 4)),
        (" Green ", (0, 128, 0)),
        ("transparent", (0, 0, 0, 0)),
    ],
)
def test_colours_in_every_notation(text: str, colour: Colour) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["", "#12", "#12345", "greenish", "1,2", "256,0,0", "١,٢,٣", "#ggg"]
)
def test_a_malformed_colour_is_refused(text: str) -> None:
    with pytest.raises(BadOptions, match="not a colour"):
        parse_colour(text)


def test_margins_in_every_notation() -> None:
    ten, fifth = Length(10), Length(20, percent=True)
    assert parse_margin("10") == Margin(ten, ten, ten, ten)
    assert parse_margin("10px 20%") == Margin(ten, fifth, ten, fifth)
    assert parse_margin("10 20% 10 10px") == Margin(ten, fifth, ten, ten)


def test_a_percentage_is_of_the_subjects_side() -> None:
    assert Length(20, percent=True).resolve(50) == 10


@pytest.mark.parametrize("text", ["", "a", "-1", "51%", "501", "1 2 3", "1 2 3 4 5", "1em"])
def test_a_malformed_margin_is_refused(text: str) -> None:
    with pytest.raises(BadOptions):
        parse_margin(text)


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 0},
        {"quality": 101},
        {"scale": 0},
        {"scale": 4.1},
        {"scale": float("nan")},
        {"background_color": (0, 0, 0), "background_image": b"x"},
        {"mask_only": True, "background_color": (0, 0, 0)},
        {"mask_only": True, "format": OutputFormat.ZIP},
        {"format": OutputFormat.ZIP, "background_image": b"x"},
        {"crop_margin": parse_margin("5")},
    ],
)
def test_options_out_of_range_or_contradicting_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadOptions):
        Options(**options)  # type: ignore[arg-type]
