"""Taking personal data out of jobs that have ended: on request, and by age."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Q, QuerySet

from common import replay, storage
from removal import keys, lifecycle
from removal.models import Job

logger = logging.getLogger(__name__)

_ENDED = Q(status__in=lifecycle.TERMINAL)
_CHUNK = 500


def erase_ended(*, job: Job, now: datetime) -> Job:
    """Delete the files of a job that has ended and redact what could point to a person.

    Files go first: if the process dies in between, erasing once more finishes the work.
    """
    drop_results(job, range(1, job.attempts + 1))
    _delete(job.original_key, job.background_key, job.result_key)
    Job.objects.filter(pk=job.pk).update(
        filename="",
        original_key="",
        background_key="",
        result_key="",
        request_id="",
        idempotency_key=None,
        fingerprint="",
        options={},
        error_details=None,
        erased_at=job.erased_at or now,
    )
    job.refresh_from_db()
    return job


def expire(*, now: datetime) -> int:
    """Delete originals and results that are past their retention; returns how many jobs changed."""
    originals_before = now - timedelta(hours=settings.RETENTION_ORIGINALS_H)
    results_before = now - timedelta(hours=settings.RETENTION_RESULTS_H)
    originals = Job.objects.filter(_ENDED, created_at__lt=originals_before).exclude(original_key="")
    _forget_keys(now)
    results = Job.objects.filter(_ENDED, completed_at__lt=results_before).exclude(result_key="")
    return _all(drop_original, originals) + _all(partial(_expire_result, now=now), results)


def drop_original(job: Job) -> int:
    """Delete what the customer sent, then forget where it lay; returns how many rows changed."""
    _delete(job.original_key, job.background_key)
    return Job.objects.filter(pk=job.pk).update(original_key="", background_key="")


def drop_results(job: Job, attempts: range) -> None:
    """Delete what workers that died, or lost their lease, may have stored for these attempts."""
    if not job.original_key:
        return
    owner = keys.owner_of(job.original_key)
    extension = job.options.get("format", "png")
    for attempt in attempts:
        storage.delete(keys.result_key(owner, job.public_id, attempt, extension))


def _forget_keys(now: datetime) -> None:
    """After a day the answer of a request is gone as well, and its key may be used anew."""
    old = Job.objects.filter(
        _ENDED, idempotency_key__isnull=False, created_at__lt=now - replay.KEPT
    )
    old.update(idempotency_key=None, fingerprint="")


def _expire_result(job: Job, now: datetime) -> int:
    _delete(job.result_key)
    return Job.objects.filter(pk=job.pk).update(result_key="", expired_at=now)


def _all(drop: Callable[[Job], int], jobs: QuerySet[Job]) -> int:
    """Do it to each; a file that cannot be deleted now must not keep the later ones from it."""
    changed = 0
    for job in jobs.order_by("pk").iterator(chunk_size=_CHUNK):
        try:
            changed += drop(job)
        except Exception:
            logger.exception("the files of %s could not be deleted", job.public_id)
    return changed


def _delete(*storage_keys: str) -> None:
    for key in storage_keys:
        if key:
            storage.delete(key)
