"""Placement of the subject on the canvas: position and size; pure arithmetic."""

from dataclasses import dataclass

from removal.engine.canvas import CENTRE, DEFAULT_FILL, Canvas
from removal.engine.errors import BadOptions
from removal.engine.margins import Length, Margin
from removal.engine.types import Box, Options


@dataclass(frozen=True, slots=True)
class Placement:
    """`source`, a part of the picture, becomes `target`, a part of a canvas of width × height.

    Beyond the target the canvas is empty.
    """

    source: Box
    target: Box
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """A canvas of width × height, in pixels of the result, before it is rounded. The subject's
    left upper corner lies at (x, y), and it is shown `zoom` times as large as in the picture."""

    width: float
    height: float
    x: float
    y: float
    zoom: float

    def times(self, factor: float) -> "_Layout":
        values = (self.width, self.height, self.x, self.y, self.zoom)
        return _Layout(*(value * factor for value in values))


def place(subject: Box, picture: Box, options: Options) -> Placement:
    """Lay out the result. Raises BadOptions when padding leaves no room for the subject."""
    if not options.crop and not options.places_subject:
        source, layout = picture, _Layout(picture.width, picture.height, 0, 0, 1)
    else:
        source, layout = subject, _around(subject, picture, options)
    layout = layout.times(options.scale)
    if options.max_result_pixels is not None:
        pixels = layout.width * layout.height
        layout = layout.times(min(1.0, (options.max_result_pixels / pixels) ** 0.5))
    return _rounded(source, layout, options.max_result_pixels)


def _with_margin(box: Box, margin: Margin) -> Box:
    """Grow a box; it may reach beyond the picture, where everything is transparent."""
    return Box(
        box.left - margin.left.resolve(box.width),
        box.top - margin.top.resolve(box.height),
        box.right + margin.right.resolve(box.width),
        box.bottom + margin.bottom.resolve(box.height),
    )


def _around(subject: Box, picture: Box, options: Options) -> _Layout:
    if options.crop:
        box = _with_margin(subject, options.crop_margin)
        x, y = subject.left - box.left, subject.top - box.top
        return _Layout(box.width, box.height, x, y, 1)
    canvas = options.canvas or Canvas()
    padding, fill = options.padding, options.fill
    if padding is None and fill is None and (canvas.pixels or canvas.ratio):
        fill = DEFAULT_FILL
    if canvas.ratio:
        width, height = _least(subject, canvas.ratio, padding, fill or 1.0)
        zoom: float | None = 1.0
    else:
        width, height = canvas.pixels or (picture.width, picture.height)
        zoom = None if fill or padding else 1.0
    return _aligned(subject, (width, height), zoom, options, fill or 1.0)


def _aligned(
    subject: Box, size: tuple[float, float], zoom: float | None, options: Options, fill: float
) -> _Layout:
    """Distribute the free space within the padding; `zoom` None makes it fit."""
    width, height = size
    left, top, inner_width, inner_height = 0.0, 0.0, width, height
    if options.padding is not None:
        left, top, inner_width, inner_height = _within(size, options.padding)
    if zoom is None:
        zoom = fill * min(inner_width / subject.width, inner_height / subject.height)
    align = options.align or CENTRE
    x = left + align.x * (inner_width - zoom * subject.width)
    y = top + align.y * (inner_height - zoom * subject.height)
    return _Layout(width, height, x, y, zoom)


def _within(size: tuple[float, float], padding: Margin) -> tuple[float, float, float, float]:
    """(left, top, width, height) of what padding leaves of a canvas."""
    width, height = size
    left, right = padding.left.of(width), padding.right.of(width)
    top, bottom = padding.top.of(height), padding.bottom.of(height)
    if width - left - right < 1 or height - top - bottom < 1:
        raise BadOptions("padding leaves no room for the subject: use less, or a larger canvas")
    return left, top, width - left - right, height - top - bottom


def _least(subject: Box, ratio: float, padding: Margin | None, fill: float) -> tuple[float, float]:
    """The smallest canvas of this ratio that shows the subject at its own size."""
    if padding is None:
        width, height = subject.width / fill, subject.height / fill
    else:
        width = _padded(subject.width, padding.left, padding.right)
        height = _padded(subject.height, padding.top, padding.bottom)
    width = max(width, height * ratio)
    return width, width / ratio


def _padded(side: float, *ends: Length) -> float:
    """The side of a canvas on which `side` is left between two paddings."""
    share = 1 - sum(end.value / 100 for end in ends if end.percent)
    if share <= 0:
        raise BadOptions("padding leaves no room for the subject: use less")
    return (side + sum(end.value for end in ends if not end.percent)) / share


def _rounded(source: Box, layout: _Layout, cap: int | None) -> Placement:
    """Whole pixels; the canvas never passes `cap`, and the subject never loses its last pixel."""
    width, height = max(1, round(layout.width)), max(1, round(layout.height))
    if cap is not None and width * height > cap:
        width, height = max(1, int(layout.width)), max(1, int(layout.height))
    left, top = round(layout.x), round(layout.y)
    across = max(1, round(source.width * layout.zoom))
    down = max(1, round(source.height * layout.zoom))
    return Placement(source, Box(left, top, left + across, top + down), width, height)
