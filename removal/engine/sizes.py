"""How large a result may be: known from a picture's header and the options, before any work."""

from removal.engine.errors import BadOptions, TooManyPixels
from removal.engine.types import Box, Limits, Options, OutputFormat

_LONGEST_SIDE = {OutputFormat.WEBP: 16_383, OutputFormat.JPG: 65_500, OutputFormat.ZIP: 65_500}


def check_result(width: int, height: int, options: Options, limits: Limits) -> None:
    """Refuse what is certain to fail for a picture of this size, upright or as it is stored.

    With `crop` the size of the result depends on the subject, and only the work will show it.
    Raises TooManyPixels or BadOptions.
    """
    if not options.crop:
        result_size(Box(0, 0, width, height), options, limits)


def result_size(box: Box, options: Options, limits: Limits) -> tuple[int, int]:
    """The (width, height) that this part of the picture has in the result.

    Raises TooManyPixels when it passes the cap, BadOptions when the format cannot hold it.
    """
    scale = options.scale
    width, height = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    _check_pixels(width, height, limits)
    _check_sides(width, height, options.format)
    return width, height


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
