"""Inferences of threads that ask at the same time: which share a run, and what each gets."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from removal.engine import session
from removal.engine.arrays import Floats
from removal.engine.batching import Batcher
from removal.engine.registry import choose
from removal.engine.runtimes import OnnxPredictor
from removal.engine.types import Recipe
from tests.removal.engine import models
from tests.removal.engine.factories import photo
from tests.removal.engine.test_runtimes import SPEC


class Model:
    """A model that doubles its input, and waits in its first run until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.sizes: list[int] = []

    def run(self, tensors: Floats) -> Floats:
        self.sizes.append(len(tensors))
        self.begun.set()
        self.go_on.wait()
        if (tensors == 13).any():
            raise ValueError("thirteen")
        if (tensors == 99).any():
            raise SystemExit
        return tensors * 2


def tensor(value: int, side: int = 4) -> Floats:
    return np.full((1, 3, side, side), value, dtype=np.float32)


@contextmanager
def asked(batcher: Batcher, model: Model, *others: Floats) -> Iterator[list[Future[Floats]]]:
    """The answers to 0 and to `others`, which come while the run of 0 has not ended."""
    with ThreadPoolExecutor(1 + len(others)) as pool:
        found = [pool.submit(batcher, tensor(0))]
        model.begun.wait()
        for number, other in enumerate(others, 1):
            found.append(pool.submit(batcher, other))
            while len(batcher._waiting) < number:
                pass
        model.go_on.set()
        yield found


def test_a_lone_picture_runs_at_once() -> None:
    model = Model()
    model.go_on.set()
    assert (Batcher(model.run, most=8)(tensor(3)) == tensor(6)).all()


def test_those_that_come_during_a_run_share_the_next() -> None:
    model = Model()
    with asked(Batcher(model.run, most=8), model, *map(tensor, range(1, 6))) as found:
        for value, answer in enumerate(found):
            assert (answer.result() == tensor(2 * value)).all()
    assert model.sizes == [1, 5]


def test_no_run_is_larger_than_the_most() -> None:
    model = Model()
    with asked(Batcher(model.run, most=2), model, *map(tensor, range(1, 6))) as found:
        assert [answer.result().flat[0] for answer in found] == [0, 2, 4, 6, 8, 10]
    assert model.sizes == [1, 2, 2, 1]


def test_pictures_of_other_sizes_run_apart() -> None:
    model = Model()
    others = [tensor(1), tensor(2, side=8), tensor(3), tensor(4, side=8)]
    with asked(Batcher(model.run, most=8), model, *others) as found:
        assert found[4].result().shape == (1, 3, 8, 8)
    assert model.sizes == [1, 2, 2]


def test_one_that_fails_does_not_fail_the_others() -> None:
    model = Model()
    with asked(Batcher(model.run, most=8), model, tensor(1), tensor(13), tensor(2)) as found:
        assert [found[1].result().flat[0], found[3].result().flat[0]] == [2, 4]
        with pytest.raises(ValueError, match="thirteen"):
            found[2].result()


def test_a_run_that_is_interrupted_leaves_nobody_waiting() -> None:
    model = Model()
    with asked(Batcher(model.run, most=8), model, tensor(99), tensor(1)) as found:
        problems = {type(answer.exception()) for answer in found[1:]}
    assert problems == {SystemExit, RuntimeError}


def test_a_model_gives_the_same_masks_by_several_in_a_run() -> None:
    spec, path = choose("basic", requested="lumiku-lite")
    alone = session.load(spec, path, threads=1, fast=False)
    together = session.load(spec, path, threads=1, fast=False, batch=4)
    pictures = [photo(60 + 10 * number, 80) for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        masks = list(pool.map(lambda picture: together.predict(picture, Recipe()), pictures))
    for picture, mask in zip(pictures, masks, strict=True):
        assert np.allclose(mask, alone.predict(picture, Recipe()), atol=1e-5)


def test_a_model_of_one_picture_a_run_goes_on_one_by_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    predictor = OnnxPredictor(SPEC, models.mask_model(tmp_path / "model.onnx"), batch=4)
    with ThreadPoolExecutor(4) as pool:
        masks = list(pool.map(lambda _: predictor.predict(photo(), Recipe()), range(8)))
    assert all((mask == masks[0]).all() for mask in masks)
    assert "one picture a run" in caplog.text
