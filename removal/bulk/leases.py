"""Leases on images of batches: claimed a few at a time, counted when work begins, renewed.

An attempt counts when its image is begun, not when it is claimed: when a process
dies, only the images that it had begun lose an attempt. One of those may have ended the process, so
an image that was begun before is claimed alone, and only when no fresh one waits. Images with the
fewest attempts come first, so that workers which die for other reasons do not use up all attempts
of one image.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from django.db import transaction

from removal.lifecycle import JobStatus
from removal.models import Job
from removal.queue import IMAGES

# The type of what `claim` returns, for callers that hand claimed images on to `bulk.work`.
ClaimedImage: TypeAlias = Job


def lease() -> timedelta:
    return IMAGES.lease()


@transaction.atomic(savepoint=False)
def claim(*, batch_id: int, limit: int, now: datetime) -> Sequence[ClaimedImage]:
    """Lease up to `limit` waiting images of a batch in their order, or one that was begun before.

    Rows that somebody else has locked are skipped, never waited for, and so are those whose pause
    after a failure is not over.
    """
    waiting = IMAGES.due(now=now).filter(batch_id=batch_id).order_by("attempts", "position")
    found = list(waiting.select_for_update(skip_locked=True)[:limit])
    fresh = [job for job in found if job.attempts == 0]
    taken = fresh or found[:1]
    IMAGES.take(taken, now=now, count=0)
    return taken


def begin(*, job: ClaimedImage, now: datetime) -> bool:
    """Count the attempt, before the image is touched; False when the lease is gone."""
    begun = IMAGES.under_lease(job).update(
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
    """The number of images of a batch that are with workers now."""
    return Job.objects.filter(batch_id=batch_id, status=JobStatus.PROCESSING).count()
