"""Periodic sweep of batches: restores from the rows what the broker or a worker lost."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from batches import finalize, notices
from batches.archive import build, rebuild
from batches.lifecycle import WORKING
from batches.models import Batch
from batches.scheduling import dispatch
from removal import bulk

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """Counts of one sweep: batches moved on, archives and notices dispatched."""

    moved: int
    archives: int
    notices: int


def sweep(*, now: datetime) -> Swept:
    """Sweep batches; safe to run anywhere and at any time."""
    bulk.recover(now=now)
    moved = sum(_finish(pk, now) for pk in _emptied())
    dispatch.dispatch_work()
    swept = Swept(
        moved,
        archives=build.sweep(now=now).dispatched + rebuild.QUEUE.sweep(now=now).dispatched,
        notices=notices.QUEUE.sweep(now=now).dispatched,
    )
    if swept != Swept(0, 0, 0):
        logger.info("swept: %s", swept)
    return swept


def _finish(batch_id: int, now: datetime) -> bool:
    """Move each batch on; one that cannot be moved does not hold up the others."""
    try:
        return finalize.finish_if_done(batch_id=batch_id, now=now)
    except Exception:
        logger.exception("batch %s could not be moved on", batch_id)
        return False


def _emptied() -> list[int]:
    """Batches none of whose images wait, by their own counters, and those that are being cancelled.

    The worker that ended the last image may have died before it moved the batch on, and one may
    have given an image back. They are few, because workers hold the images of the others.
    """
    emptied = Q(waiting_images=0) | Q(cancel_requested_at__isnull=False)
    return list(Batch.objects.filter(emptied, status__in=WORKING).values_list("pk", flat=True))
