"""PhotoRoom's parameters, read as clients write them and said in our own options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.compat.photoroom.errors import refused
from removal.engine.colours import parse_colour
from removal.engine.errors import BadOptions
from removal.options import OptionFields

# Pixels of the largest result, by size.
SIZES: Mapping[str, int] = {
    "preview": 250_000,
    "medium": 1_500_000,
    "hd": 4_000_000,
    "full": 36_000_000,
}
FORMATS = ("png", "jpg", "webp")
CHANNELS = ("rgba", "alpha")
SWITCH = ("true", "false")


@dataclass(frozen=True)
class Parameters:
    """A request that can be carried out."""

    preview: bool
    fields: OptionFields


def parse(values: Mapping[str, str]) -> Parameters:
    """The options of a form's texts. Unknown fields are passed over, and empty ones are absent.

    Raises InvalidInput (400) about the first that is wrong.
    """
    size = _choice(values, "size", tuple(SIZES), "full")
    mask_only = _choice(values, "channels", CHANNELS, "rgba") == "alpha"
    colour = _colour(values)
    given: dict[str, Any] = {
        "format": _choice(values, "format", FORMATS, "png"),
        "mask_only": mask_only,
        # A mask has no background.
        "bg_color": "" if mask_only else colour,
        "crop": _choice(values, "crop", SWITCH, "false") == "true",
        "despill": _choice(values, "despill", SWITCH, "false") == "true",
        "max_result_pixels": SIZES[size],
    }
    fields: Any = {name: value for name, value in given.items() if value not in ("", False)}
    return Parameters(preview=size == "preview", fields=fields)


def _choice(values: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = values.get(name, "").lower() or default
    if value not in allowed:
        raise refused(name, f"use {' or '.join(allowed)}")
    return value


def _colour(values: Mapping[str, str]) -> str:
    text = values.get("bg_color", "")
    if not text:
        return ""
    try:
        parse_colour(text)
    except BadOptions as problem:
        raise refused("bg_color", problem.message) from None
    return text
