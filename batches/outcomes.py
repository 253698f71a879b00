"""Summaries of batches, running and ended, for the apps above."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batches import snapshots
from batches.archive import links
from batches.lifecycle import BatchStatus, is_terminal
from batches.models import Batch
from batches.snapshots import Snapshot
from common.http.errors import timestamp


@dataclass(frozen=True)
class Outcome:
    """`data` is JSON for a machine of the owner's, with absolute addresses."""

    batch_id: str
    user_id: int | None
    status: BatchStatus
    webhook_url: str
    request_id: str
    data: dict[str, Any]


def outcome(*, batch_id: int, now: datetime) -> Outcome | None:
    """The outcome of a batch by primary key; None if it is gone, erased or still running."""
    batch = Batch.objects.filter(pk=batch_id, erased_at__isnull=True).first()
    if batch is None or not is_terminal(batch.status):
        return None
    return Outcome(
        batch_id=batch.public_id,
        user_id=batch.user_id,
        status=BatchStatus(batch.status),
        webhook_url=batch.webhook_url,
        request_id=batch.request_id,
        data=_data(batch, snapshots.of([batch], now=now)[batch.pk], now),
    )


def owner(*, batch_id: int) -> int | None:
    """The primary key of the user whose batch it is; None if there is none any more."""
    return Batch.objects.filter(pk=batch_id).values_list("user_id", flat=True).first()


def progress(*, batch_id: int, now: datetime) -> Outcome | None:
    """Progress of a running batch; None if it is gone, erased or has ended."""
    batch = Batch.objects.filter(pk=batch_id, erased_at__isnull=True).first()
    if batch is None or is_terminal(batch.status):
        return None
    snapshot = snapshots.of([batch], now=now)[batch.pk]
    data = {
        "batchId": batch.public_id,
        "status": str(snapshot.status),
        "tier": batch.tier,
        "progress": snapshot.progress,
    }
    return Outcome(
        batch_id=batch.public_id,
        user_id=batch.user_id,
        status=snapshot.status,
        webhook_url=batch.webhook_url,
        request_id=batch.request_id,
        data=data,
    )


def _data(batch: Batch, snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    return {
        "batchId": batch.public_id,
        "status": str(snapshot.status),
        "tier": batch.tier,
        "progress": snapshot.progress,
        "pricing": {
            "totalCredits": batch.final_total,
            "discountPercentage": batch.discount_percentage,
            "creditsUsed": batch.credits_used,
        },
        "timing": {
            "createdAt": timestamp(batch.created_at),
            "startedAt": timestamp(batch.started_at) if batch.started_at else None,
            "completedAt": timestamp(batch.completed_at) if batch.completed_at else None,
        },
        "zipUrl": links.lasting_address(batch, now=now),
        "zipSizeBytes": snapshot.zip_size,
        "error": _error(batch),
    }


def _error(batch: Batch) -> dict[str, str] | None:
    if not batch.error_code:
        return None
    return {"code": batch.error_code, "message": batch.error_message}
