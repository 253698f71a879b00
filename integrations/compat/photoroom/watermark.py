"""The watermark on results of test keys: a step of the job (`removal.steps`)."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw, ImageFont

TEXT = "SANDBOX"
# Side of the text's tile, as a share of the picture's shorter side.
_TILE = 1 / 3
_LEAST_TILE = 48
_INK, _OUTLINE = (255, 255, 255, 150), (0, 0, 0, 110)


def watermark(
    image: bytes, *, content_type: str, owner: str, arguments: Mapping[str, Any]
) -> bytes:
    """The encoded picture with the word SANDBOX all over it, in its own format."""
    with Image.open(io.BytesIO(image)) as opened:
        kind, mode, picture = opened.format or "PNG", opened.mode, opened.convert("RGBA")
    tile = _tile(max(_LEAST_TILE, round(min(picture.size) * _TILE)))
    layer = Image.new("RGBA", picture.size)
    for top in range(0, picture.height, tile.height):
        for left in range(0, picture.width, tile.width):
            layer.paste(tile, (left, top))
    marked = Image.alpha_composite(picture, layer).convert(mode)
    file = io.BytesIO()
    # As good as the format allows: the result is encoded once more, at the quality asked for.
    marked.save(file, kind, **({"lossless": True} if kind == "WEBP" else {"quality": 95}))
    return file.getvalue()


def _tile(side: int) -> Image.Image:
    tile = Image.new("RGBA", (side, side))
    font = ImageFont.load_default(size=side / 6)
    middle = (side / 2, side / 2)
    ImageDraw.Draw(tile).text(
        middle, TEXT, font=font, anchor="mm", fill=_INK, stroke_width=1, stroke_fill=_OUTLINE
    )
    return tile.rotate(30, resample=Image.Resampling.BICUBIC)
