"""Transition of a batch from its last image to its archive; exactly one caller makes it."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from batches import events, lifecycle, settlement
from batches.lifecycle import BatchStatus
from batches.models import Batch
from batches.scheduling import turns
from common.workqueue import LeaseLost, at_once
from removal import bulk


def finish_if_done(*, batch_id: int, now: datetime) -> bool:
    """Start the archive once no image waits or is under way, or end a batch without results.

    True for the one caller that moved the batch. Any number may call, at any time.
    """
    counts = bulk.counts(batch_ids=[batch_id])[batch_id]
    if counts.queued and _is_cancelled(batch_id):
        # A worker gave it back after the cancellation had taken away what waited.
        bulk.cancel_waiting(batch_id=batch_id, now=now)
        counts = bulk.counts(batch_ids=[batch_id])[batch_id]
    if counts.queued:
        turns.restore(batch_id=batch_id, waiting=counts.queued, now=now)
    if counts.open:
        return False
    if counts.completed:
        return _start_archive(batch_id, now)
    with suppress(LeaseLost):
        settlement.close(batch_id=batch_id, token=None, archive=None, now=now)
        return True
    return False


@transaction.atomic
def _start_archive(batch_id: int, now: datetime) -> bool:
    rows = Batch.objects.filter(pk=batch_id, status__in=lifecycle.sources(BatchStatus.ZIPPING))
    moved = rows.update(
        status=BatchStatus.ZIPPING, available_at=at_once(now), dispatched_at=now, attempts=0
    )
    if moved:
        events.archive_due(batch_id)
    return bool(moved)


def _is_cancelled(batch_id: int) -> bool:
    return Batch.objects.filter(pk=batch_id, cancel_requested_at__isnull=False).exists()
