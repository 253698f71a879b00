import tracemalloc
from pathlib import Path

import numpy as np
from PIL import Image

from removal.evaluation.examples import Example
from removal.evaluation.sheet import CELL, Sheet

RED = (200, 0, 0)


def example(height: int, width: int) -> Example:
    rgb = np.full((height, width, 3), RED, np.uint8)
    return Example(rgb, np.zeros((height, width), np.float32), np.ones((height, width), np.bool_))


def test_a_column_for_each_candidate(tmp_path: Path) -> None:
    sheet, one = Sheet(rows=1), example(300, 300)
    sheet.add_photo(one)
    sheet.add_result("subject", one, np.ones((300, 300), np.float32))
    sheet.add_result("ground", one, np.zeros((300, 300), np.float32))
    sheet.save(tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as drawn:
        seen = [drawn.getpixel((CELL * column + 90, 100)) for column in range(4)]
        assert drawn.width == 4 * CELL
    assert seen[:3] == [RED, (0, 0, 0), RED]
    assert seen[3] in {(225, 225, 225), (190, 190, 190)}


def test_large_photos_are_shrunk_before_anything_else() -> None:
    sheet, large = Sheet(rows=1), example(2000, 3000)
    tracemalloc.start()
    sheet.add_result("subject", large, large.truth)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000
