import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from removal.engine import session
from removal.engine.errors import ModelUnavailable
from removal.engine.registry import choose
from removal.engine.types import Recipe
from tests.removal.engine.factories import photo

SPEC, PATH = choose("basic", requested="lumiku-lite")


def test_answers_alpha_between_zero_and_one() -> None:
    alpha = session.get_predictor(SPEC, PATH, fast=False).predict(photo(), Recipe())
    assert alpha.dtype == np.float32
    assert alpha.ndim == 2
    assert 0 <= alpha.min() <= alpha.max() <= 1


def test_one_predictor_per_process_is_shared() -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: session.get_predictor(SPEC, PATH, fast=False), range(16)))
    assert len(set(map(id, got))) == 1


def test_threads_may_predict_at_once() -> None:
    predictor = session.get_predictor(SPEC, PATH, fast=False)
    alone = predictor.predict(photo(), Recipe())
    with ThreadPoolExecutor(4) as pool:
        together = pool.map(lambda _: predictor.predict(photo(), Recipe()), range(12))
    assert all(np.allclose(alone, alpha, atol=1e-5) for alpha in together)


def test_says_what_runs_and_where() -> None:
    predictor = session.get_predictor(SPEC, PATH, fast=False)
    assert predictor.name == "lumiku-lite"
    assert predictor.engine.startswith("onnxruntime ")
    assert predictor.engine.endswith("ExecutionProvider")


def test_a_mirrored_second_look_makes_the_answer_symmetric() -> None:
    predictor = session.get_predictor(SPEC, PATH, fast=False)
    side = predictor.input_side(Recipe())
    pixels = photo(side, side)
    alpha = predictor.predict(pixels, Recipe(flip=True))
    mirrored = predictor.predict(np.ascontiguousarray(pixels[:, ::-1]), Recipe(flip=True))
    assert np.allclose(alpha, mirrored[:, ::-1], atol=1e-5)


def test_a_file_that_is_not_the_registered_one_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "lumiku-lite.onnx"
    path.write_bytes(PATH.read_bytes() + b"\0")
    with pytest.raises(ModelUnavailable, match="not the registered one"):
        session.get_predictor(SPEC, path)


def test_a_missing_or_broken_file_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(ModelUnavailable, match="not installed"):
        session.get_predictor(SPEC, path)
    path.write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        session.get_predictor(replace(SPEC, checksum=""), path)


def test_a_forked_child_makes_its_own() -> None:
    session.get_predictor(SPEC, PATH, fast=False)
    child = os.fork()
    if child == 0:
        alpha = session.get_predictor(SPEC, PATH, fast=False).predict(photo(), Recipe())
        os._exit(0 if alpha.ndim == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
