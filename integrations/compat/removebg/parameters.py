"""remove.bg's parameters, read as clients write them and said in our own options.

An empty text, and null in JSON, mean that a parameter is absent. Parameters that are not known are
passed over, because newer clients send more of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.compat.removebg.errors import refused
from removal.engine.canvas import parse_align, parse_region
from removal.engine.colours import parse_colour
from removal.engine.errors import BadOptions
from removal.engine.margins import parse_margin
from removal.options import OptionFields

PREVIEW = frozenset({"preview", "small", "regular"})
# Pixels of the largest result, by size.
SIZES: Mapping[str, int] = {
    **dict.fromkeys(PREVIEW, 250_000),
    "medium": 1_500_000,
    "hd": 4_000_000,
    "full": 25_000_000,
    "4k": 25_000_000,
    "50mp": 50_000_000,
    "auto": 50_000_000,
}
# A PNG never has more; larger results need another format.
MOST_OF_PNG = 10_000_000
FORMATS = ("auto", "png", "jpg", "webp", "zip")
TYPES = ("auto", "person", "product", "car", "animal", "graphic", "transportation", "other")
LEVELS = ("none", "1", "2", "latest")
SHADOWS = ("none", "auto", "drop", "3d", "car")
DEFAULT_SHADOW = "45%"

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*%", re.ASCII)
_OPACITY = re.compile(r"(\d{1,3})\s*%?", re.ASCII)
_WHOLE = frozenset({"0", "0%", "0px"})


@dataclass(frozen=True)
class Parameters:
    """A request that can be carried out; `shown_type` is None when the caller wants none."""

    preview: bool
    shown_type: str | None
    fields: OptionFields
    takes_background: bool
    max_pixels: int


def parse(values: Mapping[str, str], *, background_given: bool) -> Parameters:
    """Raises InvalidInput (400) with the code `invalid_…` of the first parameter that is wrong.

    `background_given` says whether a background picture comes with the request.
    """
    size = _choice(values, "size", [*SIZES], "preview")
    colour = _background(values, background_given)
    mask_only = _choice(values, "channels", ["rgba", "alpha"], "rgba") == "alpha"
    output = _format(values, mask_only, see_through=_is_see_through(colour, background_given))
    finished = not mask_only and output != "zip"
    kind = _choice(values, "type", TYPES, "auto")
    level = _choice(values, "type_level", LEVELS, "1")
    largest = min(SIZES["auto"], MOST_OF_PNG if output == "png" else SIZES["auto"])
    given: dict[str, Any] = {
        "format": output,
        "max_result_pixels": min(SIZES[size], largest),
        "mask_only": mask_only,
        "bg_color": colour if finished else "",
        "roi": _roi(values),
        "solid": not _switch(values, "semitransparency", default=True),
        "shadow": _shadow(values) if finished else "",
        **_framing(values),
    }
    fields: Any = {name: value for name, value in given.items() if value not in ("", False)}
    return Parameters(
        preview=size in PREVIEW,
        shown_type=None if level == "none" else ("other" if kind == "auto" else kind),
        fields=fields,
        takes_background=finished,
        max_pixels=largest,
    )


def _choice(values: Mapping[str, str], name: str, allowed: Any, default: str) -> str:
    value = values.get(name, default).lower()
    if value not in allowed:
        raise refused(f"invalid_{name}", f"Invalid {name} parameter: use {', '.join(allowed)}")
    return value


def _switch(values: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    value = values.get(name, "").lower()
    if not value:
        return default
    if value not in (*_TRUE, *_FALSE):
        raise refused(f"invalid_{name}", f"Invalid {name} parameter: use true or false")
    return value in _TRUE


def _read(name: str, text: str, reader: Callable[[str], Any]) -> Any:
    try:
        return reader(text)
    except BadOptions as problem:
        raise refused(f"invalid_{name}", f"Invalid {name} parameter: {problem.message}") from None


def _background(values: Mapping[str, str], picture: bool) -> str:
    colour = values.get("bg_color", "")
    if colour and picture:
        raise refused(
            "multiple_bg_sources",
            "Multiple background sources given: use one of bg_color, bg_image_url, bg_image_file",
        )
    if colour:
        _read("bg_color", colour, parse_colour)
    return colour


def _is_see_through(colour: str, picture: bool) -> bool:
    found = parse_colour(colour) if colour else ()
    return not picture and (not found or (len(found) == 4 and found[3] < 255))


def _format(values: Mapping[str, str], mask_only: bool, *, see_through: bool) -> str:
    chosen = _choice(values, "format", FORMATS, "auto")
    if mask_only and chosen in ("auto", "zip"):
        # A mask has no colours to go with it; clients decide by the content type.
        return "png"
    if chosen == "auto":
        return "png" if see_through else "jpg"
    return chosen


def _roi(values: Mapping[str, str]) -> str:
    text = values.get("roi", "")
    if not text:
        return ""
    _read("roi", text, parse_region)
    left, top, right, bottom = text.lower().split()
    whole = {left, top} <= _WHOLE and {right, bottom} == {"100%"}
    return "" if whole else text


def _shadow(values: Mapping[str, str]) -> str:
    opacity = values.get("shadow_opacity", "")
    match = _OPACITY.fullmatch(opacity)
    if opacity and (match is None or int(match[1]) > 100):
        raise refused("invalid_shadow_opacity", "Invalid shadow_opacity parameter: use 0 to 100")
    kind = _choice(values, "shadow_type", SHADOWS, "none")
    if kind == "none" and not _switch(values, "add_shadow"):
        return ""
    return f"{match[1]}%" if match else DEFAULT_SHADOW


def _framing(values: Mapping[str, str]) -> dict[str, Any]:
    """`crop` cuts to the subject, so there is nothing to scale or place beside it."""
    margin, scale, position = (
        values.get(name, "") for name in ("crop_margin", "scale", "position")
    )
    if margin:
        _read("crop_margin", margin, parse_margin)
    share = _scale(scale)
    place = _position(position) or ("center" if share else "")
    if _switch(values, "crop"):
        return {"crop": True, "crop_margin": margin}
    if not place:
        return {}
    return {"canvas": "original", "align": place, "fill": share}


def _scale(text: str) -> str:
    if text.lower() in ("", "original"):
        return ""
    match = _PERCENT.fullmatch(text)
    if match is None or not 10 <= float(match[1]) <= 100:
        raise refused("invalid_scale", "Invalid scale parameter: use original or 10% to 100%")
    return text


def _position(text: str) -> str:
    value = text.strip().lower()
    if value in ("", "original"):
        return ""
    if value != "center" and not all(map(_PERCENT.fullmatch, value.split())):
        raise refused(
            "invalid_position",
            "Invalid position parameter: use original, center, or one or two percentages",
        )
    _read("position", value, parse_align)
    return value
