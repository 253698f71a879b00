"""Celery tasks of uploads."""

from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from batches.uploads import sweeper

REAP_EVERY_S = 6 * 3600


@shared_task(name="batches.uploads.tasks.purge")
def purge(**_: Any) -> None:
    now = timezone.now()
    sweeper.purge(now=now)
    if cache.add("uploads:orphans-reaped", now.isoformat(), timeout=REAP_EVERY_S):
        sweeper.reap(now=now)
