"""Presenters of batches."""

from datetime import datetime
from typing import Any

from batches.models import Batch
from batches.queries import RetryLinks
from batches.snapshots import Snapshot
from common.http.errors import timestamp


def started(batch: Batch, *, minutes: int) -> dict[str, Any]:
    """The answer to a start or a retry; `minutes` is the estimate until it is done."""
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
        "estimatedCompletionMinutes": minutes,
        "status": batch.status,
        "createdAt": timestamp(batch.created_at),
    }


def detail(
    batch: Batch, snapshot: Snapshot, *, retries: RetryLinks, completion_at: datetime | None
) -> dict[str, Any]:
    """Everything that the owner may know of a batch; what does not exist yet is null.

    `completion_at` is the estimate, None for a batch that has ended.
    """
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
            "estimatedCompletionAt": _moment(completion_at),
        },
        "zipUrl": snapshot.zip_url,
        "zipSizeBytes": snapshot.zip_size,
        "error": _error(snapshot.error_code, snapshot.error_message),
        "retryOf": retries.retry_of,
        "retryBatchId": retries.retry,
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
    """The number of images that the price is for: those whose header was accepted."""
    return batch.base_total // batch.base_credits_per_image


def _error(code: str, message: str) -> dict[str, str] | None:
    return {"code": code, "message": message} if code else None


def _moment(value: datetime | None) -> str | None:
    return timestamp(value) if value else None
