"""Ending images of batches without a result: cancelled, given up, released."""

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from billing.pricing import shares
from removal import erasure, sweeper
from removal.lifecycle import JobStatus
from removal.models import Job

_CANCELLED: dict[str, Any] = {
    "status": JobStatus.CANCELLED,
    "lease_token": None,
    "lease_expires_at": None,
}


def cancel_waiting(*, batch_id: int, now: datetime) -> int:
    """Cancel what no worker has taken; returns how many. The caller holds the batch's row."""
    waiting = Job.objects.filter(batch_id=batch_id, status=JobStatus.QUEUED)
    return waiting.update(**_CANCELLED, completed_at=now)


def cancel_open(*, batch_id: int, now: datetime) -> int:
    """Cancel all that has not ended; workers lose their leases and drop their results."""
    open_ones = Job.objects.filter(
        batch_id=batch_id, status__in=[JobStatus.QUEUED, JobStatus.PROCESSING]
    )
    return open_ones.update(**_CANCELLED, completed_at=now)


def price(*, batch_id: int, total: int) -> None:
    """Divide what a batch costs among its finished images, in their order, once all have ended."""
    finished = list(_finished(batch_id).order_by("position").values_list("pk", flat=True))
    by_price: dict[int, list[int]] = {}
    for pk, credits in zip(finished, shares(count=len(finished), total=total), strict=True):
        by_price.setdefault(credits, []).append(pk)
    # Shares differ by one credit at most, so these are two statements.
    for credits, pks in by_price.items():
        Job.objects.filter(pk__in=pks).update(price=credits)


def captures(*, batch_id: int) -> dict[str, int]:
    """Credits by public id of the finished images that are not free."""
    return dict(_finished(batch_id).filter(price__gt=0).values_list("public_id", "price"))


def charge(*, batch_id: int, now: datetime) -> None:
    """Write down at the finished images that they were paid for; their results can be read now."""
    _finished(batch_id).update(credits_used=F("price"), settled_at=now)


def erase(*, batch_id: int, now: datetime) -> None:
    """Delete the files of all images, which have ended, and redact their rows."""
    erasure.erase_all(jobs=list(Job.objects.filter(batch_id=batch_id)), now=now)


def recover(*, now: datetime) -> None:
    """Take back what dead workers held, and give up what has used up its attempts."""
    sweeper.sweep_images(now=now)


def _finished(batch_id: int) -> QuerySet[Job]:
    return Job.objects.filter(batch_id=batch_id, status=JobStatus.COMPLETED)
