"""Margins around a subject: one, two or four lengths, in pixels or per cent."""

import re
from dataclasses import dataclass

from removal.engine.errors import BadOptions

MAX_PIXELS, MAX_PERCENT = 500, 50

_LENGTH = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)(px|%)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Length:
    """A length in pixels, or in per cent of the subject's own side. Raises BadOptions."""

    value: float
    percent: bool = False

    def __post_init__(self) -> None:
        largest = MAX_PERCENT if self.percent else MAX_PIXELS
        if not 0 <= self.value <= largest:
            raise BadOptions(f"margins may be at most {MAX_PERCENT}% or {MAX_PIXELS}px")

    def of(self, side: float) -> float:
        """Pixels, not rounded, of a side that is `side` pixels long."""
        return side * self.value / 100 if self.percent else self.value

    def resolve(self, side: int) -> int:
        """Whole pixels, for a subject whose side is `side` pixels."""
        return round(self.of(side))


@dataclass(frozen=True, slots=True)
class Margin:
    """Lengths clockwise from the top, as in CSS."""

    top: Length
    right: Length
    bottom: Length
    left: Length


NO_MARGIN = Margin(Length(0), Length(0), Length(0), Length(0))


def parse_margin(text: str, *, name: str = "crop_margin") -> Margin:
    """Read "10", "5%", "10px 5%" or four lengths. Raises BadOptions, which names it `name`."""
    lengths = [_parse_length(part, name) for part in text.split()]
    match lengths:
        case [every]:
            return Margin(every, every, every, every)
        case [vertical, horizontal]:
            return Margin(vertical, horizontal, vertical, horizontal)
        case [top, right, bottom, left]:
            return Margin(top, right, bottom, left)
    raise BadOptions(f"{name} takes one, two or four lengths, such as 10px or 5%")


def _parse_length(text: str, name: str) -> Length:
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None:
        raise BadOptions(f"{name} takes lengths such as 10px or 5%")
    return Length(float(match[1]), percent=match[2] == "%")
