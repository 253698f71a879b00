"""What beat does for jobs: ring again, take back expired leases, forget old files."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from common.http.errors import Conflict
from removal import conf, dispatch, erasure, settlement, telemetry
from removal.errors import JobFailed
from removal.lifecycle import JobStatus
from removal.models import Job

logger = logging.getLogger(__name__)
BATCH = 500


@dataclass(frozen=True)
class Swept:
    """How many jobs were rung again, taken back from dead workers, and given up."""

    rung: int
    taken_back: int
    given_up: int


def sweep(*, now: datetime) -> Swept:
    """Restore from the rows alone what the broker or a worker has lost. Safe to run anywhere."""
    taken_back, given_up = take_back(now=now)
    swept = Swept(_ring_again(now), taken_back, given_up)
    if swept != Swept(0, 0, 0):
        logger.info("swept: %s", swept)
    return swept


def take_back(*, now: datetime) -> tuple[int, int]:
    """Queue what dead workers held; returns how many, and how many were given up instead."""
    taken_back = given_up = 0
    expired = Job.objects.filter(status=JobStatus.PROCESSING, lease_expires_at__lt=now)
    for job in expired.order_by("lease_expires_at")[:BATCH]:
        # Whoever settles the row first wins; the other one sees that the lease is gone.
        with suppress(settlement.LeaseLost, Conflict):
            if settlement.may_retry(job):
                settlement.put_back(job=job, now=now)
                taken_back += 1
            else:
                _give_up(job, now)
                given_up += 1
    return taken_back, given_up + _give_up_exhausted(now)


def _ring_again(now: datetime) -> int:
    if dispatch.backlog() >= _waiting().count():
        # Every row has its announcement: they wait for workers, and more would only pile up.
        return 0
    jobs = _note_rings(now)
    # After the commit: a worker skips rows that are locked.
    for job in jobs:
        dispatch.announce(job.public_id)
    return len(jobs)


@transaction.atomic
def _note_rings(now: datetime) -> list[Job]:
    waiting = _waiting().filter(rung_at__lt=now - conf.ring_again())
    locked = waiting.select_for_update(skip_locked=True)
    jobs = list(locked.order_by("rung_at").only("pk", "public_id")[:BATCH])
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(rung_at=now)
    return jobs


def _waiting() -> QuerySet[Job]:
    """Queued singles; the images of batches are not announced one by one."""
    return Job.objects.filter(status=JobStatus.QUEUED, batch_id__isnull=True)


def _give_up_exhausted(now: datetime) -> int:
    """Queued rows whose attempts are used up: the operator has lowered the limit meanwhile."""
    given_up = 0
    exhausted = Q(batch_id__isnull=True, attempts__gte=conf.max_attempts(in_batch=False)) | Q(
        batch_id__isnull=False, attempts__gte=conf.max_attempts(in_batch=True)
    )
    for job in Job.objects.filter(exhausted, status=JobStatus.QUEUED)[:BATCH]:
        with suppress(settlement.LeaseLost, Conflict):
            _give_up(job, now)
            given_up += 1
    return given_up


def _give_up(job: Job, now: datetime) -> None:
    error = JobFailed()
    settlement.fail(job=job, error=error, now=now)
    telemetry.failed(job, code=error.code)
    erasure.drop_results(job, range(1, job.attempts + 1))
