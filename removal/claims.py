"""Claims of single jobs: a lease and a token that fences out the holder before."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from removal.models import Job
from removal.queue import SINGLES, of


@transaction.atomic
def claim(*, now: datetime, limit: int = 1, only: Q | None = None) -> Sequence[Job]:
    """Lease up to `limit` of the waiting singles, oldest first; the attempt counts now.

    Rows that another worker is taking at this moment are skipped, never waited for.
    """
    jobs = SINGLES.claim(now=now, limit=limit, only=only)
    fresh = [job for job in jobs if job.started_at is None]
    for job in fresh:
        job.started_at = now
    if fresh:
        Job.objects.filter(pk__in=[job.pk for job in fresh]).update(started_at=now)
    return jobs


def is_held(job: Job) -> bool:
    """True if this worker still holds the job's lease: not cancelled, erased or taken back."""
    return of(job).under_lease(job).exists()
