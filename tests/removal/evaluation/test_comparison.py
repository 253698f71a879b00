import gc
import time
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from removal.engine.errors import ModelUnavailable
from removal.evaluation.candidates import Candidate, Segmenter
from removal.evaluation.comparison import Evaluation, NothingToScore, evaluate
from removal.evaluation.examples import as_mask
from removal.evaluation.metrics import Mask
from tests.removal.engine.factories import LIMITS
from tests.removal.evaluation.factories import candidate, everything, pair, truth


def evaluated(home: Path, compared: Iterable[Candidate], **changed: Any) -> Evaluation:
    given = {"limit": None, "unknown": None, "sheet": None, "warn": pytest.fail, **changed}
    return evaluate(compared, images=home / "photos", masks=home / "masks", limits=LIMITS, **given)


def test_a_row_for_each_candidate(tmp_path: Path) -> None:
    pair(tmp_path)
    compared = [candidate("right", lambda _: as_mask(truth())), candidate("all")]
    right, everywhere = evaluated(tmp_path, compared).rows
    assert (right.name, right.engine, right.scores.iou) == ("right", "arithmetic", 1)
    assert everywhere.scores.iou == pytest.approx((truth() > 127).mean())


def test_only_the_first_photos(tmp_path: Path) -> None:
    for name in "abc":
        pair(tmp_path, name)
    assert evaluated(tmp_path, [], limit=2).scored == 2


def test_counts_what_is_left_out(tmp_path: Path) -> None:
    pair(tmp_path, "good")
    pair(tmp_path, "bad").mask.write_bytes(b"words")
    said: list[str] = []
    report = evaluated(tmp_path, [], warn=said.append)
    assert (report.scored, report.left_out, len(said)) == (1, 1, 1)


def test_no_pair_can_be_used(tmp_path: Path) -> None:
    pair(tmp_path).mask.write_bytes(b"words")
    with pytest.raises(NothingToScore, match="no photo is left of 1"):
        evaluated(tmp_path, [], warn=str)


def test_a_model_that_cannot_be_loaded_is_left_out(tmp_path: Path) -> None:
    def load() -> Segmenter:
        raise ModelUnavailable("the file is cut off")

    pair(tmp_path)
    said: list[str] = []
    rows = evaluated(tmp_path, [Candidate("half", load), candidate("whole")], warn=said.append).rows
    assert [row.name for row in rows] == ["whole"]
    assert said == ["half is left out: the file is cut off"]


def test_the_first_answer_is_not_timed(tmp_path: Path) -> None:
    waits = iter([0.2, 0.0])

    def slow_at_first(rgb: NDArray[np.uint8]) -> Mask:
        time.sleep(next(waits))
        return everything(rgb)

    pair(tmp_path)
    (row,) = evaluated(tmp_path, [candidate("slow", slow_at_first)]).rows
    assert row.milliseconds < 100


def test_one_model_at_a_time_is_in_memory(tmp_path: Path) -> None:
    class Weights:
        def segment(self, rgb: NDArray[np.uint8]) -> Mask:
            return everything(rgb)

    loaded: weakref.WeakSet[Weights] = weakref.WeakSet()

    def load() -> Segmenter:
        gc.collect()
        assert not loaded
        weights = Weights()
        loaded.add(weights)
        return Segmenter("arithmetic", weights.segment)

    pair(tmp_path)
    assert len(list(evaluated(tmp_path, [Candidate("a", load), Candidate("b", load)]).rows)) == 2
