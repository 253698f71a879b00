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
from removal.engine import catalogue, registry
from removal.engine.catalogue import MODELS
from removal.engine.checksums import checksum
from removal.engine.errors import ModelUnavailable
from removal.engine.types import Recipe
from removal.providers import failures, selection
from tests.removal.engine import models
from tests.removal.engine.factories import Array, photo
from tests.removal.factories import blank, completed
from tests.removal.real_models import real_model


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
    (worker,) = worker_registry.present()
    assert "not the registered one" in worker.failures["u2netp"]


class Answers:
    """A predictor of that name, which answers one value everywhere."""

    engine = "arithmetic"

    def __init__(self, name: str, value: float) -> None:
        self.name, self.value = name, value

    def input_side(self, recipe: Recipe) -> int:
        return 8

    def predict(self, rgb: Array, recipe: Recipe) -> Array:
        return np.full((8, 8), self.value, np.float32)


def tracked(*ladder: Answers) -> selection.Tracked:
    def local(without: frozenset[str]) -> Answers:
        for predictor in ladder:
            if not without.intersection(predictor.name.split("+")):
                return predictor
        raise ModelUnavailable("no model is left")

    return selection.Tracked(local)


class TestNothingFound:
    def test_the_next_model_looks_too(self) -> None:
        predictor = tracked(Answers("u2net+u2netp", 0.1), Answers("lumiku-lite", 0.9))
        assert predictor.predict(photo(), Recipe()).max() == np.float32(0.9)
        assert predictor.name == "lumiku-lite"
        assert predictor.tried == ["u2net", "u2netp", "lumiku-lite"]

    def test_when_all_have_looked_it_is_nothing(self) -> None:
        predictor = tracked(Answers("u2netp", 0.1), Answers("lumiku-lite", 0.0))
        assert predictor.predict(photo(), Recipe()).max() == 0
        assert predictor.tried == ["u2netp", "lumiku-lite"]

    def test_a_model_that_finds_something_looks_alone(self) -> None:
        predictor = tracked(Answers("u2netp", 0.9), Answers("lumiku-lite", 0.9))
        predictor.predict(photo(), Recipe())
        assert predictor.tried == ["u2netp"]


@pytest.mark.django_db
@pytest.mark.parametrize("tier", registry.TIERS)
def test_blank_pictures_are_no_subject_to_the_real_models(
    tier: str, home: Path, owner: User
) -> None:
    for name in ("u2netp", "u2net"):
        (home / f"{name}.onnx").symlink_to(real_model(name))
    for picture in (blank(), blank(shade="black"), blank((3, 3))):
        job = completed(owner, data=picture, tier=tier)
        assert (job.error_code, job.credits_used) == ("NO_SUBJECT_FOUND", 0)


@pytest.mark.django_db
def test_jobs_name_every_model_of_a_fusion(home: Path, owner: User) -> None:
    (home / "u2netp.onnx").symlink_to(real_model("u2netp"))
    assert completed(owner, tier="professional").model_name == "u2netp+lumiku-lite"
