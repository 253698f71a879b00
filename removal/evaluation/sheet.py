"""A contact sheet: each photo, its true mask, and what every candidate made of it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from removal.evaluation.metrics import Mask

CELL = 192
_HEAD = 18
_GREY = (90, 90, 90)
_LIGHT, _DARK, _TILE = 225, 190, 12


class Sheet:
    """Rows of pictures under named columns."""

    def __init__(self, columns: list[str]) -> None:
        self._columns = ["photo", "truth", *columns]
        self._rows: list[list[Image.Image]] = []

    def add(self, rgb: NDArray[np.uint8], truth: Mask, masks: Mapping[str, Mask]) -> None:
        over = [_cutout(rgb, masks[name]) for name in self._columns[2:]]
        self._rows.append([_cell(Image.fromarray(rgb)), _cell(_grey(truth)), *over])

    def save(self, path: Path) -> None:
        size = (CELL * len(self._columns), _HEAD + CELL * len(self._rows))
        sheet = Image.new("RGB", size, "white")
        draw = ImageDraw.Draw(sheet)
        for column, name in enumerate(self._columns):
            draw.text((column * CELL + 4, 3), name, fill="black")
            for line, cells in enumerate(self._rows):
                sheet.paste(cells[column], (column * CELL, _HEAD + line * CELL))
        sheet.save(path)


def _cutout(rgb: NDArray[np.uint8], mask: Mask) -> Image.Image:
    height, width = mask.shape
    rows, columns = np.indices((height, width)) // max(1, _TILE * max(height, width) // CELL)
    board = np.where((rows + columns) % 2, _DARK, _LIGHT)[..., None]
    mixed = rgb * mask[..., None] + board * (1 - mask[..., None])
    return _cell(Image.fromarray(mixed.astype(np.uint8)))


def _grey(mask: Mask) -> Image.Image:
    return Image.fromarray((mask * 255).astype(np.uint8)).convert("RGB")


def _cell(picture: Image.Image) -> Image.Image:
    cell = Image.new("RGB", (CELL, CELL), _GREY)
    picture.thumbnail((CELL - 4, CELL - 4))
    cell.paste(picture, ((CELL - picture.width) // 2, (CELL - picture.height) // 2))
    return cell
