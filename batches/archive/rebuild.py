"""Rebuilding the archive of an ended batch after one of its images was erased.

The old archive goes at once, with the image in it. The new one is written in the background under
a lease of its own, and published in the transaction that ends the lease, or never: whoever erases
another image meanwhile takes the lease away. Nothing of the batch's state or money changes.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from batches import events
from batches.archive import build, orphans
from batches.archive.queue import BACKOFF, LONGEST_PAUSE
from batches.models import Batch, Rebuild
from batches.scheduling.dispatch import REBUILD_ZIP
from batches.settlement import Archive
from common import storage
from common.workqueue import LeaseLost, WorkQueue
from removal import bulk

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]

QUEUE: WorkQueue[Rebuild] = WorkQueue(
    model=Rebuild,
    open=Q(ended_at__isnull=True),
    lease=lambda: timedelta(seconds=settings.LEASE_S),
    backoff=BACKOFF,
    longest_wait=LONGEST_PAUSE,
    max_attempts=lambda: settings.ARCHIVE_MAX_ATTEMPTS,
    given_up=lambda now: {"ended_at": now},
    task=REBUILD_ZIP,
    arguments=lambda row: {"batch_id": row.batch_id},
)


def request(*, batch: Batch, now: datetime) -> None:
    """Have the archive written anew, in the caller's transaction, which holds the batch's row.

    Whoever writes one now loses the lease. Without a result that is left there is none to write.
    """
    if not bulk.has_results(batch_id=batch.pk):
        cancel(batch=batch)
        batch.expired_at = now
        return
    Rebuild.objects.update_or_create(
        batch=batch,
        defaults={
            "requested_at": now,
            "ended_at": None,
            "available_at": now,
            "dispatched_at": now,
            "attempts": 0,
            "lease_token": None,
            "lease_expires_at": None,
            "last_error": "",
        },
    )
    REBUILD_ZIP.send_on_commit(batch_id=batch.pk)


def cancel(*, batch: Batch) -> None:
    """Cancel writing the archive anew; a worker that writes it loses the lease."""
    Rebuild.objects.filter(batch=batch).delete()


def is_pending(batch: Batch) -> bool:
    """True while a new archive is requested or being written."""
    return Rebuild.objects.filter(batch=batch, ended_at__isnull=True).exists()


def run(*, batch_id: int, clock: Clock = timezone.now) -> bool:
    """Write the archive if it is due; False when it is not, so that redelivery does no harm."""
    claimed = QUEUE.claim(now=clock(), only=Q(batch_id=batch_id))
    for row in claimed:
        try:
            _attempt(row, clock)
        except LeaseLost:
            logger.warning("%s was taken from this worker", row)
    return bool(claimed)


def _attempt(row: Rebuild, clock: Clock) -> None:
    try:
        _deliver(row, clock)
    except LeaseLost:
        raise
    except Exception as error:
        logger.exception("attempt %s at %s failed", row.attempts, row)
        QUEUE.fail(row, error=f"{type(error).__name__}: {error}", now=clock())


def _deliver(row: Rebuild, clock: Clock) -> None:
    batch = Batch.objects.get(pk=row.batch_id)
    left = orphans.of(batch)
    # While the lease holds no other worker writes, so the objects found were left by workers that
    # died.
    QUEUE.renew(row, now=clock())
    orphans.delete(left)
    if not bulk.has_results(batch_id=batch.pk):
        # They were past their retention before this could be done.
        _publish(row, None, clock())
        return
    archive = build.write(
        batch, token=row.lease_token, renew=lambda now: QUEUE.renew(row, now=now), clock=clock
    )
    try:
        _publish(row, archive, clock())
    except LeaseLost:
        storage.delete(archive.key)
        raise


@transaction.atomic
def _publish(row: Rebuild, archive: Archive | None, now: datetime) -> None:
    """Publish the archive. The batch's row is locked first, as an erasure does."""
    batch = Batch.objects.select_for_update().get(pk=row.batch_id)
    QUEUE.complete(row, ended_at=now)
    found: dict[str, Any] = {"expired_at": now}
    if archive:
        found = {"zip_key": archive.key, "zip_size": archive.size}
    Batch.objects.filter(pk=batch.pk).update(**found)
    events.changed(batch.pk)
