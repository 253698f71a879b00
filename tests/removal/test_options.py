import pytest

from removal import options
from removal.engine.canvas import Align, Canvas
from removal.engine.errors import BadOptions
from removal.engine.types import Options, OutputFormat


def test_nothing_given_is_the_engines_default() -> None:
    assert options.build(options.pick({})) == Options()


def test_blank_and_switched_off_are_the_same_as_absent() -> None:
    given = {"format": "", "bg_color": None, "crop": False, "tier": "basic", "scale": 1.5}
    assert options.pick(given) == {"scale": 1.5}


def test_zero_is_given() -> None:
    assert options.pick({"quality": 0}) == {"quality": 0}


def test_everything_reaches_the_engine() -> None:
    built = options.build(
        {
            "format": "webp",
            "bg_color": "#102030",
            "crop": True,
            "crop_margin": "10%",
            "scale": 0.5,
            "quality": 80,
            "clean_mask": True,
        }
    )
    assert (built.format, built.quality, built.scale) == (OutputFormat.WEBP, 80, 0.5)
    assert built.background_color == (16, 32, 48)
    assert built.crop
    assert built.clean_mask
    assert built.crop_margin.top.value == 10


def test_canvas_options_reach_the_engine() -> None:
    built = options.build(
        {"canvas": "4:5", "fill": "70%", "align": "bottom", "shadow": "soft", "dpi": 300}
    )
    assert (built.canvas, built.fill, built.align) == (Canvas(ratio=0.8), 0.7, Align(0.5, 1.0))
    assert (built.shadow, built.dpi) == (0.45, 300)


def test_every_field_is_read() -> None:
    """But for the model, which is no option of the engine."""
    assert {*options.NAMES} == {*options._READERS, "model"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [({"padding": "x"}, "padding"), ({"shadow": "dark"}, "shadow"), ({"shadow": "101%"}, "shadow")],
)
def test_refusals_name_the_field(fields: options.OptionFields, named: str) -> None:
    with pytest.raises(BadOptions, match=f"^{named}"):
        options.build(fields)


def test_contradiction() -> None:
    with pytest.raises(BadOptions):
        options.build({"mask_only": True}, background_image=b"picture")
