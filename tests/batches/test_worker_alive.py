"""The health check of a worker's container."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import User
from batches.scheduling import queue_depth
from common.observability import liveness
from removal.models import Job
from tests.removal.factories import queued

LONG = timedelta(minutes=6)


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a worker that began something long ago."""
    path = tmp_path / "seen"
    path.touch()
    os.utime(path, (0, 0))
    monkeypatch.setenv(liveness.SEEN_FILE, str(path))
    return path


@pytest.fixture
def neglected(owner: User) -> None:
    job = queued(owner)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - LONG)


def check(queue: str = "interactive") -> None:
    call_command("worker_alive", queue)


def test_a_worker_that_leaves_work_waiting_is_not_alive(seen: Path, neglected: None) -> None:
    with pytest.raises(CommandError, match="1 wait in interactive"):
        check()


def test_one_that_began_something_lately_is(seen: Path, neglected: None) -> None:
    seen.touch()
    check()


def test_one_without_work_of_its_queue_is(seen: Path, neglected: None) -> None:
    check("batch")
    check("delivery")


def test_work_that_has_only_come_is_no_reproach(seen: Path, owner: User) -> None:
    queued(owner)
    check()


def test_one_that_never_began_anything_is_judged_by_the_work_alone(
    seen: Path, neglected: None
) -> None:
    seen.unlink()
    with pytest.raises(CommandError, match="nothing was begun here for ever"):
        check()


def test_a_database_that_is_away_is_no_reason_to_restart(
    seen: Path, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(queue_depth, "waiting", away)
    check()
