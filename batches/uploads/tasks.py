"""Celery tasks of uploads."""

from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from batches.uploads import fetching, sweeper

REAP_EVERY_S = 6 * 3600
# The last round may exceed its time by the time-out of a fetch.
_FETCH_FOR_S = 30.0
_FETCH_LIMIT_S = 90


@shared_task(name="batches.uploads.tasks.purge")
def purge(**_: Any) -> None:
    now = timezone.now()
    sweeper.purge(now=now)
    if cache.add("uploads:orphans-reaped", now.isoformat(), timeout=REAP_EVERY_S):
        sweeper.reap(now=now)


@fetching.FETCH_DUE.bind(time_limit=_FETCH_LIMIT_S)
def fetch_due(**_: Any) -> None:
    now = timezone.now()
    fetching.fetch_due(clock=timezone.now, for_s=_FETCH_FOR_S)
    if fetching.QUEUE.due(now=timezone.now()).exists():
        # Other work of this worker has its turn between two rounds.
        fetching.FETCH_DUE.send()
    fetching.QUEUE.sweep(now=now)
