"""Batches as rows alone, images included, and ways to move them on."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from batches.models import Batch
from removal.models import Job
from tests.removal.factories import row


def running(user: User, *, images: int = 4, **fields: Any) -> Batch:
    """A batch whose images all wait."""
    now = timezone.now()
    batch = Batch.objects.create(
        **{
            "user": user,
            "status": "processing",
            "tier": "basic",
            "total_images": images,
            "base_credits_per_image": 3,
            "base_total": 3 * images,
            "discount_percentage": 0,
            "discount_amount": 0,
            "final_total": 3 * images,
            "hold_id": 1,
            "last_served_at": now,
            "created_at": now,
            "started_at": now,
            **fields,
        }
    )
    for position in range(images):
        row(user, status="queued", batch_id=batch.pk, position=position, price=3)
    return batch


def end_images(batch: Batch, number: int, status: str = "completed") -> None:
    """Let `number` of the waiting images end."""
    waiting = Job.objects.filter(batch_id=batch.pk, status="queued").order_by("position")
    Job.objects.filter(pk__in=waiting.values("pk")[:number]).update(
        status=status,
        completed_at=timezone.now(),
        error_code="INTERNAL_ERROR" if status == "failed" else "",
    )


def end(batch: Batch, status: str = "completed", **fields: Any) -> None:
    """Let the batch end, with the counts of its rows."""
    jobs = Job.objects.filter(batch_id=batch.pk)
    if status == "cancelled":
        jobs.filter(status="queued").update(status="cancelled", completed_at=timezone.now())
    counts = {
        f"{one}_images": jobs.filter(status=one).count()
        for one in ("completed", "failed", "cancelled")
    }
    archive = {"zip_key": f"batches/{batch.public_id}-abc.zip", "zip_size": 1234}
    Batch.objects.filter(pk=batch.pk).update(
        status=status,
        completed_at=timezone.now(),
        error_code="ARCHIVE_FAILED" if status == "failed" else "",
        **counts,
        **({} if status == "failed" else archive),
        **fields,
    )
