"""Celery tasks of batches; each takes ids and does one thing.

What needs an inference runtime is imported inside its task: web processes load this module.
"""

from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from batches import audit, erasure, notices
from batches.archive import build, orphans, rebuild
from batches.scheduling import dispatch, sweeper

REAP_EVERY_S = 6 * 3600


@dispatch.WORK.bind(time_limit=settings.BATCH_TIME_LIMIT_S)
def work(**_: Any) -> None:
    from batches import worker  # noqa: PLC0415

    worker.run()


@dispatch.ZIP_BATCH.bind(time_limit=settings.ARCHIVE_TIME_LIMIT_S)
def zip_batch(*, batch_id: int, **_: Any) -> None:
    build.build(batch_id=batch_id, clock=timezone.now)


@dispatch.REBUILD_ZIP.bind(time_limit=settings.ARCHIVE_TIME_LIMIT_S)
def rebuild_zip(*, batch_id: int, **_: Any) -> None:
    rebuild.run(batch_id=batch_id, clock=timezone.now)


@dispatch.NOTIFY_BATCH.bind()
def notify_batch(*, batch_id: int, **_: Any) -> None:
    notices.send(batch_id=batch_id, now=timezone.now())


@shared_task(name="batches.tasks.sweep")
def sweep(**_: Any) -> None:
    sweeper.sweep(now=timezone.now())


@shared_task(name="batches.tasks.retention")
def retention(**_: Any) -> None:
    now = timezone.now()
    erasure.expire(now=now)
    if cache.add("batches:orphans-reaped", now.isoformat(), timeout=REAP_EVERY_S):
        orphans.reap(now=now)
        erasure.reap_backgrounds(now=now)


@shared_task(name="batches.tasks.audit_batches")
def audit_batches(**_: Any) -> None:
    audit.report(now=timezone.now())
