"""Presenters of batches."""

from datetime import datetime
from typing import Any

from batches import lifecycle, queries
from batches.models import Batch
from batches.scheduling import estimates
from batches.snapshots import Snapshot
from common.http.errors import timestamp


def started(batch: Batch, *, now: datetime) -> dict[str, Any]:
    """The answer to a start or a retry."""
    return {
        "batchId": batch.public_id,
        "totalImages": batch.total_images,
        "tier": batch.tier,
        "pricing": {
            "baseCreditsPerImage": batch.base_credits_per_image,
            "baseTotal": batch.base_total,
            "discountPercentage": batch.discount_percentage,
            "discountAmount": batch.discount_amount,
            "finalTotal": batch.final_total,
            "creditsPerImageAfterDiscount": round(batch.final_total / max(1, _priced(batch)), 4),
        },
        "estimatedCompletionMinutes": _minutes(batch, now),
        "status": batch.status,
        "createdAt": timestamp(batch.created_at),
    }


def detail(batch: Batch, snapshot: Snapshot, *, now: datetime) -> dict[str, Any]:
    """Everything that the owner may know of a batch; what does not exist yet is null."""
    family = queries.family(batch)
    return {
        "batchId": batch.public_id,
        "name": batch.name or None,
        "status": snapshot.status,
        "tier": batch.tier,
        "progress": snapshot.progress,
        "pricing": {
            "totalCredits": batch.final_total,
            "discountPercentage": batch.discount_percentage,
            "creditsUsed": snapshot.credits_used,
        },
        "timing": {
            "createdAt": timestamp(batch.created_at),
            "startedAt": _moment(snapshot.started_at),
            "estimatedCompletionAt": _moment(_completion(batch, snapshot, now)),
        },
        "zipUrl": snapshot.zip_url,
        "zipSizeBytes": snapshot.zip_size,
        "error": _error(snapshot.error_code, snapshot.error_message),
        "retryOf": family.retry_of,
        "retryBatchId": family.retry,
        "cancelRequestedAt": _moment(batch.cancel_requested_at),
        "completedAt": _moment(snapshot.completed_at),
        "expiredAt": _moment(batch.expired_at),
        "erasedAt": _moment(batch.erased_at),
    }


def summary(batch: Batch, snapshot: Snapshot) -> dict[str, Any]:
    """One line of a listing."""
    return {
        "batchId": batch.public_id,
        "name": batch.name or None,
        "status": snapshot.status,
        "tier": batch.tier,
        "totalImages": snapshot.total,
        "processedImages": snapshot.completed,
        "failedImages": snapshot.failed,
        "percentage": snapshot.percentage,
        "totalCredits": batch.final_total,
        "creditsUsed": snapshot.credits_used,
        "createdAt": timestamp(batch.created_at),
        "completedAt": _moment(snapshot.completed_at),
    }


def _priced(batch: Batch) -> int:
    """How many of its images the price is for: those that passed the first look."""
    return batch.base_total // batch.base_credits_per_image


def _minutes(batch: Batch, now: datetime) -> int:
    if lifecycle.is_terminal(batch.status):
        return 0
    return estimates.minutes(tier=batch.tier, images=batch.total_images, now=now, batch_id=batch.pk)


def _completion(batch: Batch, snapshot: Snapshot, now: datetime) -> datetime | None:
    if snapshot.is_last:
        return None
    left = snapshot.total - snapshot.completed - snapshot.failed - snapshot.cancelled
    return estimates.completion_at(tier=batch.tier, left=left, now=now, batch_id=batch.pk)


def _error(code: str, message: str) -> dict[str, str] | None:
    return {"code": code, "message": message} if code else None


def _moment(value: datetime | None) -> str | None:
    return timestamp(value) if value else None
