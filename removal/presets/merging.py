"""Merging of the options of a request over those of its preset; a pure module."""

from collections.abc import Mapping
from typing import Any

from removal import options
from removal.options import OptionFields

_PLACING = ("canvas", "fill", "padding", "align")
_CROPPING = ("crop", "crop_margin")
# Options of a preset that a given one contradicts, and which therefore go.
_RIVALS: Mapping[str, tuple[str, ...]] = {
    "crop": _PLACING,
    "canvas": _CROPPING,
    "align": _CROPPING,
    "fill": ("padding", *_CROPPING),
    "padding": ("fill", *_CROPPING),
    "bg_image": ("bg_color", "mask_only"),
    "bg_color": ("mask_only",),
    "mask_only": ("bg_color", "shadow"),
}


def merged(preset: OptionFields, given: Mapping[str, Any]) -> OptionFields:
    """The options of a preset with those that the caller gave on top; the caller's always win.

    A switch that is given as false switches the preset's off.
    """
    kept: dict[str, Any] = {**preset}
    for name, value in given.items():
        kept.pop(name, None)
        for rival in _RIVALS.get(name, ()) if value else ():
            kept.pop(rival, None)
    if given.get("format") == "zip":
        for rival in ("bg_color", "mask_only", "shadow"):
            kept.pop(rival, None)
    if "crop" not in kept and "crop" in given:
        kept.pop("crop_margin", None)
    return options.pick({**kept, **given})
