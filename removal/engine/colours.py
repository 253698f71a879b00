"""Colours as people write them: hex of 3, 4, 6 or 8 digits, `r,g,b[,a]`, or a CSS name."""

import re

from PIL import ImageColor

from removal.engine.errors import BadOptions

Colour = tuple[int, int, int] | tuple[int, int, int, int]

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})", re.ASCII)
_NUMBERS = re.compile(r"\d{1,3}(\s*,\s*\d{1,3}){2,3}", re.ASCII)
_NAME = re.compile(r"[a-z]{3,24}", re.ASCII)


def parse_colour(text: str) -> Colour:
    """Return RGB, or RGBA when the text has a fourth value. Raises BadOptions."""
    value = text.strip().lower()
    if match := _HEX.fullmatch(value):
        return _from_hex(match[1])
    if _NUMBERS.fullmatch(value):
        return _checked([int(part) for part in value.split(",")], text)
    if _NAME.fullmatch(value):
        return _from_name(value)
    raise _refused(text)


def _from_hex(digits: str) -> Colour:
    if len(digits) <= 4:
        digits = "".join(digit * 2 for digit in digits)
    return _checked([int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)], digits)


def _from_name(name: str) -> Colour:
    if name == "transparent":
        return 0, 0, 0, 0
    try:
        red, green, blue = ImageColor.getrgb(name)[:3]
    except ValueError as error:
        raise _refused(name) from error
    return red, green, blue


def _checked(values: list[int], text: str) -> Colour:
    if any(value > 255 for value in values):
        raise _refused(text)
    if len(values) == 4:
        return values[0], values[1], values[2], values[3]
    return values[0], values[1], values[2]


def _refused(text: str) -> BadOptions:
    return BadOptions(
        "not a colour: use hex of 3, 4, 6 or 8 digits, r,g,b or r,g,b,a from 0 to 255, or a name",
        details={"value": text[:40]},
    )
