"""Celery tasks of jobs; each takes ids, ignores what it does not know and does one thing.

The runner is imported inside its task, because web processes load this module and must stay free
of inference runtimes. `worker` is imported for the signal that it listens to.
"""

from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from removal import downloads, erasure, orphans, sweeper, worker_signals
from removal.queue import RUN_JOB
from removal.versions.queue import RENDER, VERSIONS

__all__ = ["download_models", "render_version", "retention", "run_job", "sweep", "worker_signals"]

REAP_EVERY_S = 6 * 3600


@RUN_JOB.bind()
def run_job(*, job_id: str, **_: Any) -> None:
    from removal import runner  # noqa: PLC0415

    runner.run(job_id)


@RENDER.bind()
def render_version(*, version_id: int, **_: Any) -> None:
    from removal.versions import runner  # noqa: PLC0415

    runner.run(version_id)


@shared_task(name="removal.tasks.sweep")
def sweep(**_: Any) -> None:
    sweeper.sweep(now=timezone.now())
    VERSIONS.sweep(now=timezone.now())
    downloads.sweep(now=timezone.now())


@downloads.DOWNLOAD_MODELS.bind(time_limit=downloads.TIME_LIMIT_S)
def download_models(**_: Any) -> None:
    """Download the model files that operators asked for."""
    downloads.run()


@shared_task(name="removal.tasks.retention")
def retention(**_: Any) -> None:
    now = timezone.now()
    erasure.expire(now=now)
    if cache.add("removal:orphans-reaped", now.isoformat(), timeout=REAP_EVERY_S):
        orphans.reap(now=now)
