"""Liveness file of a worker: when it last began a task; for container health checks.

A worker can answer pings and yet consume nothing, so what counts is what it has begun.
"""

import os
import time
from pathlib import Path

from celery import signals

SEEN_FILE = "WORKER_SEEN_FILE"


def idle_s() -> float | None:
    """Seconds since a task was begun, or since the worker started; None when it never did."""
    path = os.environ.get(SEEN_FILE, "")
    try:
        return max(0.0, time.time() - Path(path).stat().st_mtime) if path else None
    except FileNotFoundError:
        return None


@signals.worker_ready.connect
@signals.task_prerun.connect
def _seen(**_: object) -> None:
    path = os.environ.get(SEEN_FILE, "")
    if path:
        Path(path).touch()
