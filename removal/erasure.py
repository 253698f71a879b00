"""Erasure of personal data in jobs that have ended: on request, and by age."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Value, prefetch_related_objects
from django.db.models.functions import Coalesce

from common import storage
from common.http.idempotency import store
from removal import keys, lifecycle
from removal.models import Job, Version
from removal.signals import jobs_erased
from removal.versions import files

logger = logging.getLogger(__name__)

_ENDED = Q(status__in=lifecycle.TERMINAL)
_CHUNK = 500
_AT_ONCE = 8


def erase_ended(*, job: Job, now: datetime) -> Job:
    """Delete the files of a job that has ended and redact what could point to a person.

    Files go first: if the process dies in between, erasing once more finishes the work.
    """
    erase_all(jobs=[job], now=now)
    job.refresh_from_db()
    return job


def erase_all(*, jobs: Sequence[Job], now: datetime) -> None:
    """`erase_ended` for many at once; the rows that were given stay as they were read."""
    prefetch_related_objects(jobs, "versions")
    _delete(*(key for job in jobs for key in _files(job)))
    with transaction.atomic():
        _redact(jobs, now)
        announced = [job for job in jobs if job.batch_id is None]
        for user_id in {job.user_id for job in announced}:
            job_ids = [job.public_id for job in announced if job.user_id == user_id]
            jobs_erased.send(sender=Job, user_id=user_id, job_ids=job_ids)


def _redact(jobs: Sequence[Job], now: datetime) -> None:
    pks = [job.pk for job in jobs]
    Version.objects.filter(job__in=pks).delete()
    Job.objects.filter(pk__in=pks).update(
        filename="",
        original_key="",
        background_key="",
        result_key="",
        has_mask=False,
        has_previews=False,
        request_id="",
        idempotency_key=None,
        fingerprint="",
        webhook_url="",
        options={},
        error_details=None,
        erased_at=Coalesce("erased_at", Value(now)),
    )


def expire(*, now: datetime) -> int:
    """Delete originals and results that are past their retention; returns how many jobs changed."""
    originals_before = now - timedelta(hours=settings.RETENTION_ORIGINALS_H)
    results_before = now - timedelta(hours=settings.RETENTION_RESULTS_H)
    originals = Job.objects.filter(_ENDED, created_at__lt=originals_before).exclude(original_key="")
    store.clear_old_keys(Job.objects.filter(_ENDED), now=now)
    results = Job.objects.filter(_ENDED, completed_at__lt=results_before).exclude(result_key="")
    return _all(drop_original, originals) + _all(partial(_expire_result, now=now), results)


def drop_original(job: Job) -> int:
    """Delete what the customer sent, with what still shows it, then forget where it lay; returns
    how many rows changed.
    """
    _delete(job.original_key, _own_background(job), *_showing_original(job))
    return Job.objects.filter(pk=job.pk).update(original_key="", background_key="", has_mask=False)


def drop_showing_original(result_key: str) -> None:
    """Delete what lies beside a result and shows the original, or is of use with it alone."""
    _delete(*keys.showing_original(result_key))


def drop_previews(result_key: str) -> None:
    _delete(*(key for of in keys.PREVIEWS for key in keys.preview_keys(result_key, of)))


def _showing_original(job: Job) -> list[str]:
    own = keys.showing_original(job.result_key) if job.result_key else []
    return [*own, *files.showing_original(job)]


def drop(result_key: str) -> None:
    """Delete a result that nobody will read, and what lies beside it."""
    _delete(result_key, *keys.beside(result_key))


def drop_results(job: Job, attempts: range) -> None:
    """Delete what workers that died, or lost their lease, may have stored for these attempts."""
    for result_key in _result_keys(job, attempts):
        drop(result_key)


def _files(job: Job) -> list[str]:
    """Keys of all files that the job may have; some are empty."""
    results = {*_result_keys(job, range(1, job.attempts + 1)), job.result_key} - {""}
    beside = [key for result in results for key in keys.beside(result)]
    return [*results, *beside, *files.all_of(job), job.original_key, _own_background(job)]


def _result_keys(job: Job, attempts: range) -> list[str]:
    # Jobs from before there were tokens have only the result that they name.
    if not job.original_key or not job.result_token:
        return []
    owner, token = keys.owner_of(job.original_key), job.result_token
    extension = job.options.get("format", "png")
    return [
        keys.result_key(owner, job.public_id, attempt, token, extension) for attempt in attempts
    ]


def _own_background(job: Job) -> str:
    """The job's own background picture; one that a batch shares goes with the batch."""
    own = keys.job_of(job.background_key) == job.public_id
    return job.background_key if own else ""


def _expire_result(job: Job, now: datetime) -> int:
    _delete(job.result_key, *keys.beside(job.result_key), *files.all_of(job))
    Version.objects.filter(job=job).delete()
    return Job.objects.filter(pk=job.pk).update(
        result_key="", has_mask=False, has_previews=False, expired_at=now
    )


def _all(drop: Callable[[Job], int], jobs: QuerySet[Job]) -> int:
    """Apply `drop` to each; a file that cannot be deleted now must not keep later ones from it."""
    changed = 0
    for job in jobs.order_by("pk").iterator(chunk_size=_CHUNK):
        try:
            changed += drop(job)
        except Exception:
            logger.exception("the files of %s could not be deleted", job.public_id)
    return changed


def _delete(*storage_keys: str) -> None:
    found = {key for key in storage_keys if key}
    if len(found) <= _AT_ONCE:
        for key in found:
            storage.delete(key)
        return
    # An object store takes milliseconds for each.
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _ in threads.map(storage.delete, found):
            pass
