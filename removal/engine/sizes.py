"""Checks of a result's size by header and options, before any work."""

from removal.engine.errors import BadOptions, TooManyPixels
from removal.engine.placement import Placement, place
from removal.engine.types import Box, Limits, Options, OutputFormat

_LONGEST_SIDE = {OutputFormat.WEBP: 16_383, OutputFormat.JPG: 65_500, OutputFormat.ZIP: 65_500}


def check_result(width: int, height: int, options: Options, limits: Limits) -> None:
    """Refuse what is certain to fail for a picture of this size, upright or as it is stored.

    With `crop`, and on a canvas of which only the ratio is known, the size of the result depends
    on the subject, and only the work will show it. Raises TooManyPixels or BadOptions.
    """
    if options.crop or (options.canvas is not None and options.canvas.ratio):
        return
    picture = Box(0, 0, width, height)
    check_placement(place(picture, picture, options), options, limits)


def check_placement(placement: Placement, options: Options, limits: Limits) -> None:
    """Raise TooManyPixels when the canvas passes the cap, BadOptions when the format cannot hold
    it."""
    _check_pixels(placement.width, placement.height, limits)
    _check_sides(placement.width, placement.height, options.format)


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise TooManyPixels(
            f"the result would have {width} × {height} pixels; at most "
            f"{limits.max_pixels / 1e6:g} megapixels are allowed: use a smaller scale, or with "
            "crop a smaller crop_margin",
            details={"width": width, "height": height, "maxPixels": limits.max_pixels},
        )


def _check_sides(width: int, height: int, output: OutputFormat) -> None:
    longest = _LONGEST_SIDE.get(output)
    if longest and max(width, height) > longest:
        raise BadOptions(
            f"{output} cannot hold {width} × {height} pixels; use png",
            details={"width": width, "height": height, "maxSide": longest},
        )
