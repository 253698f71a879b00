"""Leases on the images of batches: taken by the handful, counted when work begins, kept alive.

An attempt counts when its image is begun, not when it is claimed: a process that dies takes only
the images it really had under its hands with it. One of those may be what killed it, so an image
that was begun before is claimed alone, and only when no fresh one waits. Those with the fewest
attempts come first, so that workers which die for reasons of their own never wear out one image.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from removal import conf
from removal.lifecycle import JobStatus
from removal.models import Job


def lease() -> timedelta:
    return timedelta(seconds=settings.BATCH_LEASE_S)


@transaction.atomic
def claim(*, batch_id: int, limit: int, now: datetime) -> Sequence[Job]:
    """Lease up to `limit` waiting images of a batch in their order, or one that was begun before.

    Rows that somebody else has locked are skipped, never waited for, and so are those whose pause
    after a failure is not over.
    """
    waiting = (
        Job.objects.select_for_update(skip_locked=True)
        .filter(
            batch_id=batch_id,
            status=JobStatus.QUEUED,
            attempts__lt=conf.max_attempts(in_batch=True),
            rung_at__lte=now,
        )
        .order_by("attempts", "position")
    )
    found = list(waiting[:limit])
    fresh = [job for job in found if job.attempts == 0]
    return [_leased(job, now) for job in fresh or found[:1]]


def begin(*, job: Job, now: datetime) -> bool:
    """Count the attempt, before the image is touched; False when the lease is gone."""
    begun = Job.objects.filter(
        pk=job.pk, status=JobStatus.PROCESSING, lease_token=job.lease_token
    ).update(
        attempts=job.attempts + 1,
        started_at=job.started_at or now,
        lease_expires_at=now + lease(),
    )
    if begun:
        job.attempts += 1
    return bool(begun)


def renew(*, tokens: Iterable[UUID], now: datetime) -> None:
    """Extend the leases that a living process holds; those that it lost stay lost."""
    Job.objects.filter(status=JobStatus.PROCESSING, lease_token__in=list(tokens)).update(
        lease_expires_at=now + lease()
    )


def leased(*, batch_id: int) -> int:
    """How many images of a batch are with workers now."""
    return Job.objects.filter(batch_id=batch_id, status=JobStatus.PROCESSING).count()


def _leased(job: Job, now: datetime) -> Job:
    job.status = JobStatus.PROCESSING
    job.lease_token = uuid4()
    job.lease_expires_at = now + lease()
    job.save(update_fields=["status", "lease_token", "lease_expires_at"])
    return job
