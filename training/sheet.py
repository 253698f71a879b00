"""A contact sheet for visual inspection: photo, truth and every model's mask, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.photos import Image
from training.predict import Alpha

CELL = 160
CHECKER = 10


@dataclass(frozen=True)
class Row:
    caption: str
    rgb: Image
    truth: Image
    answers: Sequence[Alpha]


def draw_sheet(rows: Sequence[Row], path: Path, columns: int = 3) -> None:
    strips = [_strip(row) for row in rows]
    blank = np.full_like(strips[0], 255)
    strips += [blank] * (-len(strips) % columns)
    lines = [np.hstack(strips[at : at + columns]) for at in range(0, len(strips), columns)]
    cv2.imwrite(str(path), np.vstack(lines)[:, :, ::-1])


def over_checkers(rgb: Image, alpha: Alpha) -> Image:
    rows, columns = np.indices(alpha.shape) // CHECKER
    board = np.where((rows + columns) % 2, 205, 255)[..., None]
    blend = alpha[..., None]
    return (rgb * blend + board * (1 - blend)).astype(np.uint8)


def _strip(row: Row) -> Image:
    truth = np.repeat(row.truth[..., None], 3, 2)
    cells = [row.rgb, truth, *(over_checkers(row.rgb, alpha) for alpha in row.answers)]
    strip = np.hstack([_fit(cell) for cell in cells])
    cv2.putText(strip, row.caption, (3, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (220, 0, 0), 1)
    return strip


def _fit(rgb: Image) -> Image:
    height, width = rgb.shape[:2]
    scale = CELL / max(height, width)
    shape = (max(1, int(width * scale)), max(1, int(height * scale)))
    small = cv2.resize(rgb, shape, interpolation=cv2.INTER_AREA)
    down, right = CELL - small.shape[0], CELL - small.shape[1]
    padded = cv2.copyMakeBorder(
        small, 0, down, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    return padded.astype(np.uint8)
