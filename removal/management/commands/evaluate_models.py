"""`manage.py evaluate_models --images DIR --masks DIR`: how good the models here are."""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from removal import conf
from removal.engine.decode import decode
from removal.engine.errors import EngineError
from removal.evaluation import metrics
from removal.evaluation.candidates import Candidate, candidates, resized
from removal.evaluation.metrics import Mask, Scores
from removal.evaluation.sheet import Sheet

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


class Command(BaseCommand):
    help = (
        "Score every model that is present, and GrabCut, on photos with true masks. "
        "A mask is a PNG with its photo's name, white where the subject is."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--images", type=Path, required=True)
        parser.add_argument("--masks", type=Path, required=True)
        parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
        parser.add_argument("--sheet-rows", type=int, default=12)
        parser.add_argument("--limit", type=int, help="use only the first so many photos")
        parser.add_argument("--unknown", type=int, help="grey value of mask pixels to leave out")

    def handle(self, *args: Any, **given: Any) -> None:
        pairs = list(_pairs(given["images"], given["masks"]))[: given["limit"]]
        if not pairs:
            raise CommandError("no photo has a mask of the same name")
        rivals = candidates(
            model_home=settings.MODEL_HOME,
            allow_noncommercial=settings.ALLOW_NONCOMMERCIAL_MODELS,
            threads=settings.INFERENCE_THREADS,
        )
        sheet = Sheet([rival.name for rival in rivals])
        scores: dict[str, list[Scores]] = defaultdict(list)
        times: dict[str, list[float]] = defaultdict(list)
        for count, (photo, mask) in enumerate(tqdm(pairs, unit="image")):
            rgb, truth, known = _read(photo, mask, given["unknown"])
            masks = {rival.name: _timed(rival, rgb, times[rival.name]) for rival in rivals}
            for name, found in masks.items():
                scores[name].append(metrics.score(found * known, truth * known))
            if count < given["sheet_rows"]:
                sheet.add(rgb, truth, masks)
        self._report(scores, times, len(pairs))
        if given["sheet"]:
            sheet.save(given["sheet"])

    def _report(
        self, scores: dict[str, list[Scores]], times: dict[str, list[float]], count: int
    ) -> None:
        self.stdout.write(f"{count} images; means; time is the median per image\n")
        self.stdout.write(
            f"{'model':24} {'IoU':>7} {'MAE':>7} {'F-beta':>7} {'edge F':>7} {'ms':>8}"
        )
        for name, rows in scores.items():
            total = metrics.mean(rows)
            self.stdout.write(
                f"{name:24} {total.iou:7.4f} {total.mae:7.4f} {total.f_beta:7.4f} "
                f"{total.boundary_f:7.4f} {1000 * median(times[name]):8.1f}"
            )


def _pairs(images: Path, masks: Path) -> Iterator[tuple[Path, Path]]:
    for photo in sorted(images.iterdir()):
        mask = masks / f"{photo.stem}.png"
        if photo.suffix.lower() in SUFFIXES and photo != mask and mask.is_file():
            yield photo, mask


def _read(
    photo: Path, mask: Path, unknown: int | None
) -> tuple[NDArray[np.uint8], Mask, NDArray[np.bool_]]:
    """The photo, its true mask at the photo's size, and which pixels of that count."""
    try:
        rgb = decode(photo.read_bytes(), conf.limits()).rgb
        with Image.open(mask) as picture:
            truth = picture.convert("L")
    except (EngineError, OSError) as error:
        raise CommandError(f"{photo.name}: {error}") from error
    size = (rgb.shape[1], rgb.shape[0])
    known = np.asarray(truth.resize(size, Image.Resampling.NEAREST)) != unknown
    return rgb, resized(np.asarray(truth, dtype=np.float32) / np.float32(255), size), known


def _timed(rival: Candidate, rgb: NDArray[np.uint8], times: list[float]) -> Mask:
    started = time.perf_counter()
    mask = rival.segment(rgb)
    times.append(time.perf_counter() - started)
    return mask
