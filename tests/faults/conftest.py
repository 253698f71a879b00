"""Real worker processes on the test's own database, broker and media folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from removal.models import Job
from tests.faults import service_stack
from tests.faults.service_stack import ServiceStack
from tests.removal.conftest import api, media, owner, stored

__all__ = ["api", "media", "owner", "stored", "workers"]

ROOT = Path(__file__).resolve().parents[2]
# The suite runs each fault as small as it can be; this runs them in full, for the record.
FULL = os.environ.get("LUMIKU_FAULTS") == "full"
PATIENCE_S = 60.0


class StartWorker(Protocol):
    """Starts a worker, with more arguments and settings for it."""

    def __call__(self, *arguments: str, **settings: str) -> "subprocess.Popen[bytes]": ...


def kill(worker: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to the worker and its children at once, as an out-of-memory killer would."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def has_status(job: Job, status: str) -> Callable[[], bool]:
    return lambda: Job.objects.filter(pk=job.pk, status=status).exists()


@pytest.fixture
def workers(transactional_db: None, media: Path, tmp_path: Path) -> Iterator[StartWorker]:
    """Call it to start a worker; all are stopped when the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **settings: str) -> "subprocess.Popen[bytes]":
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        worker = subprocess.Popen(
            [*_command(), *arguments],
            cwd=ROOT,
            env={**os.environ, **_environment(media), **settings},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            kill(worker)


@pytest.fixture(scope="session")
def service() -> Iterator[ServiceStack]:
    """One whole service for all tests that kill parts of it; it recovers every time."""
    with service_stack.running(app="tests.faults.poisoned_worker") as running:
        yield running


def _command() -> list[str]:
    queues = ["--queues", "interactive,maintenance", "--concurrency", "1"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [sys.executable, "-m", "celery", "-A", "config", "worker", *queues, *quiet]


def _environment(media: Path) -> dict[str, str]:
    database = connection.settings_dict
    user = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "DATABASE_URL": f"postgresql://{user}@{address}",
        "DATABASE_POOL_MAX": "0",
        "REDIS_URL": settings.REDIS_URL,
        "MEDIA_ROOT": str(media),
    }
