"""Score models on photos with masks: `python -m training.evaluate --data DIR --model FILE...`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from removal.evaluation.metrics import Scores, mean
from training.metrics import score
from training.photos import Image, Photo, load_labelled, load_pairs, load_photos
from training.predict import Alpha, cut, onnx_predictor
from training.sheet import Row, draw_sheet

Cutter: TypeAlias = Callable[[Image], Alpha]


@dataclass(frozen=True)
class Result:
    photo: Photo
    alpha: Alpha
    scores: Scores
    seconds: float


def evaluate(cutter: Cutter, photos: list[Photo]) -> list[Result]:
    return [_one(cutter, photo) for photo in photos]


def table(name: str, results: list[Result]) -> list[str]:
    """One line for each kind of photo."""
    lines = []
    for kind in sorted({result.photo.kind for result in results}):
        rows = [result for result in results if result.photo.kind is kind]
        total = mean(row.scores for row in rows)
        edge = "    -" if total.boundary_f is None else f"{total.boundary_f:.3f}"
        pace = 1000 * sum(row.seconds for row in rows) / len(rows)
        lines.append(
            f"{name:18} {kind.name.lower():8} n={len(rows):3} IoU {total.iou:.4f} "
            f"MAE {total.mae:.4f} F-beta {total.f_beta:.4f} boundary F {edge} "
            f"see-through {total.see_through:.1%} good {total.good:.1%} {pace:.0f} ms"
        )
    return lines


def contact_sheet(runs: list[list[Result]], path: Path, count: int) -> None:
    """The photos on which the first model scores worst, with the masks of all models."""
    worst = sorted(range(len(runs[0])), key=lambda index: runs[0][index].scores.iou)[:count]
    rows = []
    for index in worst:
        first = runs[0][index]
        caption = f"{first.photo.name} {first.scores.iou:.2f}"
        sample = first.photo.sample
        rows.append(Row(caption, sample.rgb, sample.alpha, [run[index].alpha for run in runs]))
    draw_sheet(rows, path)


def _one(cutter: Cutter, photo: Photo) -> Result:
    began = time.perf_counter()
    alpha = cutter(photo.sample.rgb)
    seconds = time.perf_counter() - began
    return Result(photo, alpha, score(alpha, photo.sample.alpha), seconds)


def main() -> None:
    args = _arguments()
    photos = [p for p in load_photos(args.data / "validation") if p.name not in args.ignore]
    if args.other:
        photos += load_pairs(args.other / "images", args.other / "masks")
    if args.labels:
        photos += load_labelled(args.unlabelled, args.labels, held_out=True)
    runs = []
    for path in args.model:
        predictor = onnx_predictor(path, args.threads)
        results = evaluate(lambda rgb, ask=predictor: cut(ask, rgb, args.size), photos)  # type: ignore[misc]
        print("\n".join(table(path.stem, results)), flush=True)
        runs.append(results)
    if args.sheet:
        contact_sheet(runs, args.sheet, args.sheet_rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds validation/")
    parser.add_argument("--model", type=Path, nargs="+", required=True)
    parser.add_argument(
        "--size", type=int, default=320, help="for the built-in model a multiple of 80"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ignore", nargs="*", default=[], help="photos whose mask is wrong")
    parser.add_argument("--other", type=Path, help="folder of images/ and masks/ of other kinds")
    parser.add_argument("--unlabelled", type=Path, help="folder of photos that --labels belong to")
    parser.add_argument("--labels", type=Path, help="labels; the kinds held out are scored by them")
    parser.add_argument("--sheet", type=Path, help="draw the worst photos to this PNG")
    parser.add_argument("--sheet-rows", type=int, default=24)
    return parser.parse_args()


if __name__ == "__main__":
    main()
