"""A contact sheet: each photo, its true mask, and what every candidate made of it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from removal.engine.arrays import Floats, Pixels
from removal.engine.scaling import area, fit_within
from removal.evaluation.examples import Example
from removal.evaluation.metrics import Mask

CELL = 192
_HEAD = 18
_GREY = (90, 90, 90)
_LIGHT, _DARK, _TILE = 225, 190, 12


class Sheet:
    """A column of small pictures for each candidate, beside the first `rows` photos."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._columns: dict[str, list[Image.Image]] = {"photo": [], "truth": []}

    def add_photo(self, example: Example) -> None:
        self._columns["photo"].append(_cell(_small(example.rgb)))
        self._columns["truth"].append(_cell(_small(example.truth) * 255))

    def add_result(self, name: str, example: Example, mask: Mask) -> None:
        rgb, alpha = _small(example.rgb), _small(mask)[..., None]
        cutout = rgb * alpha + _board(*rgb.shape[:2]) * (1 - alpha)
        self._columns.setdefault(name, []).append(_cell(cutout))

    def save(self, path: Path) -> None:
        size = (CELL * len(self._columns), _HEAD + CELL * len(self._columns["photo"]))
        sheet = Image.new("RGB", size, "white")
        draw = ImageDraw.Draw(sheet)
        for column, (name, cells) in enumerate(self._columns.items()):
            draw.text((column * CELL + 4, 3), name, fill="black")
            for line, cell in enumerate(cells):
                sheet.paste(cell, (column * CELL, _HEAD + line * CELL))
        sheet.save(path)


def _small(pixels: Pixels) -> Pixels:
    return area(pixels, *fit_within(pixels.shape[1], pixels.shape[0], CELL - 4))


def _board(height: int, width: int) -> Floats:
    """Two greys in squares, to lie behind a cut-out: (height, width, 1)."""
    rows, columns = np.indices((height, width)) // _TILE
    return np.where((rows + columns) % 2, _DARK, _LIGHT)[..., None]


def _cell(pixels: Pixels | Floats) -> Image.Image:
    cell = Image.new("RGB", (CELL, CELL), _GREY)
    picture = Image.fromarray(pixels.astype(np.uint8)).convert("RGB")
    cell.paste(picture, ((CELL - picture.width) // 2, (CELL - picture.height) // 2))
    return cell
