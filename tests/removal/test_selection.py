"""Which model computes a job, and what happens when its file is damaged."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from accounts.models import User
from common.observability import metrics
from removal import worker_registry
from removal.engine import catalogue
from removal.engine.catalogue import MODELS
from removal.engine.checksums import checksum
from removal.engine.errors import ModelUnavailable
from removal.engine.types import Recipe
from removal.providers import failures, selection
from tests.removal.engine import models
from tests.removal.engine.factories import photo
from tests.removal.factories import completed


@pytest.fixture
def home(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty model home, in a process that has met no damaged file yet."""
    monkeypatch.setattr(failures, "_known", {})
    settings.MODEL_HOME = tmp_path
    return tmp_path


def _register(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the file for the registered one of its name."""
    spec = replace(MODELS[path.stem], checksum=checksum(path), size=models.SIDE)
    monkeypatch.setitem(catalogue.MODELS, path.stem, spec)


def _counted(model: str) -> float:
    value = metrics.counted().get_sample_value("lumiku_model_failures_total", {"model": model})
    return value or 0.0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not the registered one"),
        (b"not a model", "not the registered one"),
        (None, "cannot be loaded"),
    ],
)
def test_a_damaged_file_gives_way_to_the_next_model(
    content: bytes | None,
    reason: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = home / "u2netp.onnx"
    path.write_bytes(b"registered, and no model" if content is None else content)
    if content is None:
        _register(path, monkeypatch)
    before = _counted("u2netp")
    for _ in range(3):
        assert selection.for_tier("basic").name == "lumiku-lite"
    assert _counted("u2netp") == before + 1
    assert caplog.text.count("the model u2netp cannot be used") == 1
    assert reason in caplog.text


def test_a_model_of_the_wrong_kind_gives_way(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _register(models.classifier(home / "u2netp.onnx"), monkeypatch)
    assert selection.for_tier("basic").name == "lumiku-lite"


def test_a_model_that_fails_while_it_runs_gives_way_within_the_job(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _register(models.fails_when_run(home / "u2netp.onnx"), monkeypatch)
    predictor = selection.for_tier("basic")
    assert predictor.name == "u2netp"
    alpha = predictor.predict(photo(), Recipe())
    assert alpha.dtype == np.float32
    assert predictor.name == "lumiku-lite"
    assert "failed to run" in failures.known()["u2netp"]


@pytest.mark.django_db
def test_a_damaged_file_costs_no_job(home: Path, owner: User) -> None:
    (home / "u2netp.onnx").write_bytes(b"")
    job = completed(owner)
    assert (job.model_name, job.attempts, job.credits_used) == ("lumiku-lite", 1, 3)


def test_a_file_that_was_replaced_is_tried_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "u2netp.onnx"
    path.write_bytes(b"")
    assert selection.for_tier("basic").name == "lumiku-lite"
    _register(models.mask_model(path), monkeypatch)
    assert selection.for_tier("basic").name == "u2netp"
    assert failures.known() == {}


def test_nothing_stands_in_for_a_model_that_was_asked_for(home: Path) -> None:
    (home / "u2net.onnx").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match="not the registered one"):
        selection.local_predictor("standard", requested="u2net")


def test_a_home_whose_disk_fails_holds_no_models(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_file = Path.is_file

    def fails_at_home(path: Path) -> bool:
        if path.is_relative_to(home):
            raise OSError(errno.EIO, "Input/output error")
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", fails_at_home)
    assert selection.for_tier("basic").name == "lumiku-lite"


def test_workers_tell_which_models_they_could_not_use(home: Path) -> None:
    (home / "u2netp.onnx").write_bytes(b"")
    predictor = selection.for_tier("basic")
    worker_registry.report(model=predictor.name, engine=predictor.engine)
    (told,) = worker_registry.present()
    assert "not the registered one" in told.failures["u2netp"]
