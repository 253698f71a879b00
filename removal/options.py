"""The output options as customers write them, turned into the engine's own, and kept as JSON."""

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from removal.engine.colours import parse_colour
from removal.engine.margins import parse_margin
from removal.engine.types import Options, OutputFormat


class OptionFields(TypedDict, total=False):
    """What a request may carry, already of the right JSON types; absent means the default."""

    format: str
    bg_color: str
    crop: bool
    crop_margin: str
    scale: float
    quality: int
    mask_only: bool
    clean_mask: bool


NAMES = tuple(OptionFields.__annotations__)


def pick(fields: Mapping[str, Any]) -> OptionFields:
    """The option fields among others, without those left out, blank or switched off."""
    chosen = {name: value for name in NAMES if not _unset(value := fields.get(name))}
    return cast(OptionFields, chosen)


def build(fields: OptionFields, *, background_image: bytes | None = None) -> Options:
    """The engine's options. Raises `BadOptions` when values are out of range or contradict."""
    colour, margin = fields.get("bg_color"), fields.get("crop_margin")
    given: dict[str, Any] = {
        name: fields[name]
        for name in ("crop", "scale", "quality", "mask_only", "clean_mask")
        if name in fields
    }
    if colour is not None:
        given["background_color"] = parse_colour(colour)
    if margin is not None:
        given["crop_margin"] = parse_margin(margin)
    return Options(
        format=OutputFormat(fields.get("format", OutputFormat.PNG)),
        background_image=background_image,
        **given,
    )


def _unset(value: Any) -> bool:
    return value is None or value is False or value == ""
