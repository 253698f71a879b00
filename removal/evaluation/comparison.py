"""Comparison of every candidate on every photo."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from tqdm import tqdm

from removal.engine.errors import ModelUnavailable
from removal.engine.types import Limits
from removal.evaluation import examples, metrics
from removal.evaluation.candidates import Candidate
from removal.evaluation.examples import Pair, Read, Warn
from removal.evaluation.metrics import Scores
from removal.evaluation.sheet import Sheet


class NothingToScore(Exception):
    """The folders hold no photo and mask that fit together; the message says why."""


@dataclass(frozen=True)
class Row:
    """Result of a candidate: mean scores, and the median time of one photo, as it passed and as
    the processor's."""

    name: str
    engine: str
    scores: Scores
    milliseconds: float
    cpu_milliseconds: float


@dataclass(frozen=True)
class Evaluation:
    """Result of a comparison: counts of photos scored and left out, and a row per candidate."""

    scored: int
    left_out: int
    rows: Iterator[Row]


def evaluate(
    candidates: Iterable[Candidate],
    *,
    images: Path,
    masks: Path,
    limit: int | None,
    unknown: int | None,
    limits: Limits,
    sheet: Sheet | None,
    warn: Warn,
) -> Evaluation:
    """Score candidates on the first `limit` photos; whatever cannot be used is warned of.

    `unknown` is a grey value of mask pixels that do not count. Raises NothingToScore.
    """
    pairs = examples.find_pairs(images, masks)[:limit]
    if not pairs:
        raise NothingToScore(f"no photo NAME.jpg in {images} has a mask NAME.png in {masks}")
    read = partial(examples.read_pair, unknown=unknown, limits=limits)
    usable = examples.usable(pairs, read, warn=warn)
    if not usable:
        raise NothingToScore(f"no photo is left of {len(pairs)}; the lines above say why")
    return Evaluation(
        len(usable), len(pairs) - len(usable), _rows(candidates, usable, read, sheet, warn)
    )


def _rows(
    candidates: Iterable[Candidate],
    pairs: Sequence[Pair],
    read: Read,
    sheet: Sheet | None,
    warn: Warn,
) -> Iterator[Row]:
    if sheet:
        for pair in pairs[: sheet.rows]:
            sheet.add_photo(read(pair))
    for candidate in candidates:
        try:
            row = _row(candidate, pairs, read, sheet)
        except ModelUnavailable as error:
            warn(f"{candidate.name} is left out: {error.message}")
        else:
            yield row


def _row(candidate: Candidate, pairs: Sequence[Pair], read: Read, sheet: Sheet | None) -> Row:
    segmenter = candidate.load()
    segmenter.segment(read(pairs[0]).rgb)  # The first answer is slow, and is not timed.
    scores, seconds, worked = [], [], []
    for count, pair in enumerate(tqdm(pairs, desc=candidate.name, unit="image", leave=False)):
        example = read(pair)
        started, began = time.perf_counter(), time.process_time()
        mask = segmenter.segment(example.rgb)
        seconds.append(time.perf_counter() - started)
        worked.append(time.process_time() - began)
        scores.append(metrics.score(mask, example.truth, example.known))
        if sheet and count < sheet.rows:
            sheet.add_result(candidate.name, example, mask)
    times = 1000 * median(seconds), 1000 * median(worked)
    return Row(candidate.name, segmenter.engine, metrics.mean(scores), *times)
