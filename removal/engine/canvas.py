"""Parsers of canvas, fill, alignment, shadow and region of interest as callers write them."""

import re
from dataclasses import dataclass

from removal.engine.errors import BadOptions

MAX_SIDE = 20_000
MAX_RATIO = 20
# The share of the canvas that the subject fills when neither fill nor padding is given, as
# marketplaces require of a main product picture.
DEFAULT_FILL = 0.85
# The opacity of a shadow that is only called soft, chosen by eye on product photos.
SOFT_SHADOW = 0.45

_SIZE = re.compile(r"(\d{1,5})\s*[x×]\s*(\d{1,5})(?:px)?", re.ASCII)
_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*:\s*(\d{1,4}(?:\.\d{1,3})?)", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*%", re.ASCII)
_COORDINATE = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)(px|%)?", re.ASCII)
_HORIZONTAL = {"left": 0.0, "center": 0.5, "right": 1.0}
_VERTICAL = {"top": 0.0, "center": 0.5, "bottom": 1.0}


@dataclass(frozen=True, slots=True)
class Canvas:
    """The shape of the result: `pixels` (width, height), or a `ratio` of width to height, or, with
    neither, the size of the photo. Raises BadOptions."""

    pixels: tuple[int, int] | None = None
    ratio: float | None = None

    def __post_init__(self) -> None:
        if self.pixels and not all(1 <= side <= MAX_SIDE for side in self.pixels):
            raise BadOptions(f"canvas sides must be 1 to {MAX_SIDE} pixels")
        if self.ratio is not None and not 1 / MAX_RATIO <= self.ratio <= MAX_RATIO:
            raise BadOptions(f"canvas ratios must lie between 1:{MAX_RATIO} and {MAX_RATIO}:1")


@dataclass(frozen=True, slots=True)
class Align:
    """Alignment across and down: 0 is the left or top of the canvas, 1 the right or bottom."""

    x: float = 0.5
    y: float = 0.5


CENTRE = Align()


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A position in pixels, or in per cent of the photo's side."""

    value: float
    percent: bool = False

    def resolve(self, side: int) -> int:
        return round(side * self.value / 100 if self.percent else self.value)


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle of the photo in which the subject is searched; right and bottom exclusive."""

    left: Coordinate
    top: Coordinate
    right: Coordinate
    bottom: Coordinate


def parse_canvas(text: str) -> Canvas:
    """Read "2000x2000", "4:5" or "original". Raises BadOptions."""
    value = text.strip().lower()
    if value == "original":
        return Canvas()
    if match := _SIZE.fullmatch(value):
        return Canvas(pixels=(int(match[1]), int(match[2])))
    match = _RATIO.fullmatch(value)
    if match and float(match[1]) and float(match[2]):
        return Canvas(ratio=float(match[1]) / float(match[2]))
    raise BadOptions("canvas takes a size such as 2000x2000, a ratio such as 4:5, or original")


def parse_fill(text: str) -> float:
    """Read a share such as "85%" as 0.85. Raises BadOptions."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None or not 1 <= float(match[1]) <= 100:
        raise BadOptions("fill takes a share from 1% to 100%")
    return float(match[1]) / 100


def parse_align(text: str) -> Align:
    """Read "center", "bottom", "top left" or "50% 100%" (across, then down). Raises BadOptions."""
    words = text.strip().lower().split()
    shares = [_PERCENT.fullmatch(word) for word in words]
    if all(shares) and len(shares) in (1, 2):
        values = [float(share[1]) / 100 for share in shares if share]
        if max(values) <= 1:
            return Align(values[0], values[-1])
    elif len(words) == 1 and words[0] in _HORIZONTAL | _VERTICAL:
        return Align(_HORIZONTAL.get(words[0], 0.5), _VERTICAL.get(words[0], 0.5))
    elif len(words) == 2:
        for across, down in (words, reversed(words)):
            if across in _HORIZONTAL and down in _VERTICAL:
                return Align(_HORIZONTAL[across], _VERTICAL[down])
    raise BadOptions(
        "align takes center, left, right, top, bottom, two of them such as bottom left, "
        "or shares such as 50% 100%"
    )


def parse_shadow(text: str) -> float:
    """Read "none", "soft" or an opacity such as "30%" as 0…1. Raises BadOptions."""
    value = text.strip().lower()
    if value in ("none", "soft"):
        return SOFT_SHADOW if value == "soft" else 0.0
    match = _PERCENT.fullmatch(value)
    if match is None or float(match[1]) > 100:
        raise BadOptions("shadow takes none, soft, or an opacity from 0% to 100%")
    return float(match[1]) / 100


def parse_region(text: str) -> Region:
    """Read "x1 y1 x2 y2", each in px or %, with or without the unit. Raises BadOptions."""
    matches = [_COORDINATE.fullmatch(part) for part in text.strip().lower().split()]
    parts = [Coordinate(float(m[1]), percent=m[2] == "%") for m in matches if m]
    if len(parts) != 4 or len(matches) != 4:
        raise BadOptions("roi takes four positions: left, top, right and bottom, in px or %")
    return Region(*parts)
