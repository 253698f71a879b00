"""`python -m benchmarks.quality --images DIR --masks DIR`: the tiers, single models and rembg.

It scores every tier with the installed models, each free model alone, GrabCut, and rembg with the
same files where it is installed, on photos with true masks: one table, and one contact sheet with
`--sheet`. CPU is the median processor time of one photo, on one thread.
"""

import argparse
import importlib.util
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from removal.engine import registry
from removal.engine.errors import ModelUnavailable
from removal.engine.types import Limits
from removal.evaluation.candidates import Candidate, Segmenter, candidates
from removal.evaluation.comparison import Row, evaluate
from removal.evaluation.examples import as_mask
from removal.evaluation.metrics import Mask
from removal.evaluation.sheet import Sheet

SINGLE = ("grabcut", registry.BUILT_IN, "u2netp", "u2net")
OF_REMBG = ("u2netp", "u2net")
HEAD = (
    f"{'':26} {'IoU':>7} {'boundary F':>10} {'MAE':>7} {'see-through':>11} {'CPU ms':>8}  runs on"
)


def main() -> None:
    given = _arguments()
    sheet = Sheet(given.sheet_rows) if given.sheet else None
    report = evaluate(
        compared(only=given.only),
        images=given.images,
        masks=given.masks,
        limit=given.limit,
        unknown=given.unknown,
        limits=Limits(),
        sheet=sheet,
        warn=print,
    )
    print(f"{report.scored} photos\n{HEAD}")
    for row in report.rows:
        print(line(row), flush=True)
        if sheet:
            sheet.save(given.sheet)


def compared(*, only: list[str] | None = None) -> list[Candidate]:
    """The compared contenders, the baseline first; `only` selects some of them."""
    wanted = (*SINGLE, *registry.TIERS)
    ours = candidates(model_home=None, allow_noncommercial=False, tiers=True, threads=1, fast=False)
    found = [one for one in ours if one.name in wanted]
    found += of_rembg()
    return [one for one in found if not only or one.name in only]


def of_rembg() -> Iterator[Candidate]:
    """rembg with its defaults and the files in its home; nothing where it is not installed."""
    if importlib.util.find_spec("rembg") is None:
        return
    for name in OF_REMBG:
        if registry.locate(registry.MODELS[name]) is not None:
            yield Candidate(f"rembg {name}", partial(_rembg, name))


def line(row: Row) -> str:
    """One row of the table."""
    scores = row.scores
    edge = "–" if scores.boundary_f is None else f"{scores.boundary_f:.4f}"
    return (
        f"{row.name:26} {scores.iou:7.4f} {edge:>10} {scores.mae:7.4f} "
        f"{scores.see_through:11.1%} {row.cpu_milliseconds:8.0f}  {row.engine}"
    )


def _rembg(name: str) -> Segmenter:
    try:
        import rembg  # noqa: PLC0415 (an optional extra, and slow to import)
    except Exception as error:
        raise ModelUnavailable(f"rembg cannot be imported: {error}") from error
    session: Any = rembg.new_session(name, providers=["CPUExecutionProvider"])

    def segment(rgb: NDArray[np.uint8]) -> Mask:
        mask: Any = rembg.remove(Image.fromarray(rgb), session=session, only_mask=True)
        return as_mask(np.asarray(mask.convert("L")))

    return Segmenter("rembg", segment)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--images", type=Path, required=True, help="folder of photos")
    add("--masks", type=Path, required=True, help="folder of their masks, NAME.png each")
    add("--limit", type=int, help="use only the first so many photos")
    add("--unknown", type=int, help="grey value of mask pixels to leave out")
    add("--only", nargs="*", help="score only these rows")
    add("--sheet", type=Path, help="draw photos, masks and results to this PNG")
    add("--sheet-rows", type=int, default=12, help="photos on the sheet (default: 12)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
