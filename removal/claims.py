"""Taking work: a lease on a row, with a token that fences out whoever held it before."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from removal import conf
from removal.lifecycle import JobStatus
from removal.models import Job


@transaction.atomic
def claim(waiting: QuerySet[Job], *, limit: int, now: datetime) -> Sequence[Job]:
    """Lease up to `limit` of the queued rows in `waiting`, oldest first; the attempt counts now.

    Rows that another worker is taking at this moment are skipped, never waited for.
    """
    rows = (
        waiting.filter(status=JobStatus.QUEUED, attempts__lt=settings.MAX_ATTEMPTS)
        .select_for_update(skip_locked=True)
        .order_by("created_at", "id")[:limit]
    )
    jobs = list(rows)
    for job in jobs:
        job.status = JobStatus.PROCESSING
        job.attempts += 1
        job.lease_token = uuid4()
        job.lease_expires_at = now + conf.lease()
        job.started_at = job.started_at or now
        job.save(
            update_fields=["status", "attempts", "lease_token", "lease_expires_at", "started_at"]
        )
    return jobs


def is_held(job: Job) -> bool:
    """Whether a claimed job is still this worker's: not cancelled, erased or taken back."""
    return Job.objects.filter(
        pk=job.pk, status=JobStatus.PROCESSING, lease_token=job.lease_token
    ).exists()
