"""Services of batches that exist: cancel, erase, and the note that work has begun."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from batches import erasure, events, finalize, lifecycle, queries, settlement
from batches.errors import BatchEnded
from batches.lifecycle import WORKING, BatchStatus
from batches.models import Batch as Batch  # noqa: PLC0414 - the apps above get it from here
from common.workqueue import LeaseLost
from removal import bulk


def cancel(*, user_id: int, batch_id: str, now: datetime) -> Batch:
    """Cancel a batch: what waits is dropped, what is under way ends, what finished is charged.

    Twice is harmless. Raises NotFound (404), and BatchEnded (409) once every image has ended.
    """
    batch = queries.owned_batch(user_id=user_id, batch_id=batch_id)
    return cancel_running(batch=batch, now=now)


def cancel_running(*, batch: Batch, now: datetime) -> Batch:
    """Cancel without asking who owns it. Raises BatchEnded (409)."""
    with transaction.atomic():
        row = Batch.objects.select_for_update().get(pk=batch.pk)
        if row.status in WORKING:
            _cancel_waiting(row, now)
        elif not _is_cancelled(row):
            raise BatchEnded(
                f"The batch is {row.status} and can no longer be cancelled",
                details={"batchId": row.public_id, "status": row.status},
            )
    finalize.finish_if_done(batch_id=batch.pk, now=now)
    batch.refresh_from_db()
    return batch


def erase(*, user_id: int, batch_id: str, now: datetime) -> Batch:
    """Delete all files of a batch and redact it and its images.

    A batch that has not ended is cancelled first, images under way included; only what had
    finished is charged. Erasing twice is harmless. Raises NotFound (404).
    """
    batch = queries.owned_batch(user_id=user_id, batch_id=batch_id)
    while not lifecycle.is_terminal(batch.status):
        _stop(batch, now)
        # The archive may have been finished meanwhile: then that was the end.
        with suppress(LeaseLost):
            settlement.withdraw(batch_id=batch.pk, now=now)
        batch.refresh_from_db()
    return erasure.erase_ended(batch=batch, now=now)


def mark_started(*, batch_id: int, now: datetime) -> bool:
    """Note that a worker has taken the first image; True the first time."""
    started = Batch.objects.filter(pk=batch_id, status=BatchStatus.PENDING).update(
        status=BatchStatus.PROCESSING, started_at=now
    )
    if started:
        events.changed(batch_id)
    return bool(started)


def _cancel_waiting(batch: Batch, now: datetime) -> None:
    batch.cancel_requested_at = batch.cancel_requested_at or now
    batch.waiting_images = 0
    batch.save(update_fields=["cancel_requested_at", "waiting_images"])
    bulk.cancel_waiting(batch_id=batch.pk, now=now)
    events.changed(batch.pk)


def _is_cancelled(batch: Batch) -> bool:
    asked = batch.cancel_requested_at is not None
    return batch.status == BatchStatus.CANCELLED or (asked and batch.status == BatchStatus.ZIPPING)


@transaction.atomic
def _stop(batch: Batch, now: datetime) -> None:
    """Cancel every image that has not ended."""
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    if row.status in WORKING:
        _cancel_waiting(row, now)
        bulk.cancel_open(batch_id=row.pk, now=now)
