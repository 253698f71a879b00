"""`manage.py evaluate_models --images DIR --masks DIR`: score the installed models."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from removal import conf
from removal.evaluation.candidates import candidates
from removal.evaluation.comparison import NothingToScore, Row, evaluate
from removal.evaluation.metrics import BOUNDARY_SIDE, BOUNDARY_TOLERANCE, GOOD_IOU
from removal.evaluation.sheet import Sheet


class Command(BaseCommand):
    help = (
        "Score every model that is present, and GrabCut, on photos with true masks. "
        "A mask is a PNG with its photo's name, white where the subject is."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add = parser.add_argument
        add("--images", type=_folder, required=True, help="folder of JPEG, PNG or WebP photos")
        add("--masks", type=_folder, required=True, help="folder of their masks, NAME.png each")
        add("--tiers", action="store_true", help="score the built-in model in each tier, too")
        add("--limit", type=_whole(1), help="use only the first so many photos")
        add("--unknown", type=_whole(0, 255), help="grey value of mask pixels to leave out")
        add("--sheet", type=_sheet, help="draw photos, masks and results to this PNG")
        add("--sheet-rows", type=_whole(1), default=12, help="photos on the sheet (default: 12)")

    def handle(self, *args: Any, **given: Any) -> None:
        compared = candidates(
            model_home=settings.MODEL_HOME,
            allow_noncommercial=settings.ALLOW_NONCOMMERCIAL_MODELS,
            tiers=given["tiers"],
            threads=settings.INFERENCE_THREADS,
            fast=settings.FAST_INFERENCE,
        )
        sheet = Sheet(given["sheet_rows"]) if given["sheet"] else None
        try:
            report = evaluate(
                compared,
                images=given["images"],
                masks=given["masks"],
                limit=given["limit"],
                unknown=given["unknown"],
                limits=conf.limits(),
                sheet=sheet,
                warn=self.stderr.write,
            )
        except NothingToScore as error:
            raise CommandError(str(error)) from error
        self._head(report.scored)
        for row in report.rows:
            self._line(row)
        if report.left_out:
            self.stdout.write(f"left out: {report.left_out}")
        if sheet:
            sheet.save(given["sheet"])

    def _head(self, count: int) -> None:
        self.stdout.write(
            f"{count} images; means; ms is the median of one image; boundary F allows "
            f"{BOUNDARY_TOLERANCE} px where the long side has {BOUNDARY_SIDE}; see-through: soft "
            f"inside; good: IoU of {GOOD_IOU} or more and not see-through"
        )
        self.stdout.write(
            f"{'model':24} {'IoU':>7} {'MAE':>7} {'F-beta':>7} {'boundary F':>10} "
            f"{'see-through':>11} {'good':>6} {'ms':>8}  engine"
        )

    def _line(self, row: Row) -> None:
        total = row.scores
        edge = "–" if total.boundary_f is None else f"{total.boundary_f:.4f}"
        self.stdout.write(
            f"{row.name:24} {total.iou:7.4f} {total.mae:7.4f} {total.f_beta:7.4f} "
            f"{edge:>10} {total.see_through:11.1%} {total.good:6.1%} "
            f"{row.milliseconds:8.1f}  {row.engine}"
        )


def _folder(given: str) -> Path:
    path = Path(given)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {given}")
    return path


def _sheet(given: str) -> Path:
    path = Path(given)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{given} is not named like sheet.png")
    _folder(str(path.parent))
    return path


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`."""
    span = f"from {least} to {most}" if most else f"of {least} or more"

    def parse(given: str) -> int:
        number = int(given) if given.isdecimal() else -1
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"{given} is not a whole number {span}")
        return number

    return parse
