"""The output options as customers write them, turned into the engine's own, and kept as JSON."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypedDict, cast

from removal.engine.canvas import (
    parse_align,
    parse_canvas,
    parse_fill,
    parse_region,
    parse_shadow,
)
from removal.engine.colours import parse_colour
from removal.engine.margins import parse_margin
from removal.engine.types import Options, OutputFormat


class OptionFields(TypedDict, total=False):
    """Options of a request in their JSON types; an absent one has its default.

    The last ones are for drop-in surfaces; the native API has no fields for them.
    """

    format: str
    bg_color: str
    crop: bool
    crop_margin: str
    scale: float
    quality: int
    mask_only: bool
    clean_mask: bool
    # The model that finds the subject: the one field that is no option of the engine.
    model: str
    canvas: str
    fill: str
    padding: str
    align: str
    shadow: str
    dpi: int
    roi: str
    max_result_pixels: int
    solid: bool
    binary_mask: bool
    despill: bool


NAMES = tuple(OptionFields.__annotations__)


def _unchanged(value: Any) -> Any:
    return value


# The engine's option for each field, and the parser of its text.
_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "format": ("format", OutputFormat),
    "bg_color": ("background_color", parse_colour),
    "crop": ("crop", _unchanged),
    "crop_margin": ("crop_margin", parse_margin),
    "scale": ("scale", _unchanged),
    "quality": ("quality", _unchanged),
    "mask_only": ("mask_only", _unchanged),
    "clean_mask": ("clean_mask", _unchanged),
    "canvas": ("canvas", parse_canvas),
    "fill": ("fill", parse_fill),
    "padding": ("padding", partial(parse_margin, name="padding")),
    "align": ("align", parse_align),
    "shadow": ("shadow", parse_shadow),
    "dpi": ("dpi", _unchanged),
    "roi": ("region", parse_region),
    "max_result_pixels": ("max_result_pixels", _unchanged),
    "solid": ("solid", _unchanged),
    "binary_mask": ("binary_mask", _unchanged),
    "despill": ("despill", _unchanged),
}


def pick(fields: Mapping[str, Any]) -> OptionFields:
    """The option fields among others, without those left out, blank or switched off."""
    chosen = {name: value for name in NAMES if not _unset(value := fields.get(name))}
    return cast(OptionFields, chosen)


def build(fields: OptionFields, *, background_image: bytes | None = None) -> Options:
    """The engine's options. Raises `BadOptions` when values are out of range or contradict."""
    given: dict[str, Any] = {}
    for name, (engine_name, read) in _READERS.items():
        if name in fields:
            given[engine_name] = read(fields[name])  # type: ignore[literal-required]
    return Options(background_image=background_image, **given)


def _unset(value: Any) -> bool:
    return value is None or value is False or value == ""
