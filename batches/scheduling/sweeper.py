"""What beat does for batches: restore from the rows alone what the broker or a worker has lost."""

import logging
from dataclasses import dataclass
from datetime import datetime

from batches import finalize, notices
from batches.archive import build
from batches.lifecycle import WORKING
from batches.models import Batch
from batches.scheduling import dispatch
from removal import bulk

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """How many batches were moved on, and how many archives and notices were dispatched."""

    moved: int
    archives: int
    notices: int


def sweep(*, now: datetime) -> Swept:
    """Safe to run anywhere and at any time."""
    bulk.recover(now=now)
    moved = sum(_finish(pk, now) for pk in _without_work())
    dispatch.dispatch_work()
    swept = Swept(
        moved,
        archives=build.sweep(now=now).dispatched,
        notices=notices.QUEUE.sweep(now=now).dispatched,
    )
    if swept != Swept(0, 0, 0):
        logger.info("swept: %s", swept)
    return swept


def _finish(batch_id: int, now: datetime) -> bool:
    """One batch that cannot be moved must not keep the others from it."""
    try:
        return finalize.finish_if_done(batch_id=batch_id, now=now)
    except Exception:
        logger.exception("batch %s could not be moved on", batch_id)
        return False


def _without_work() -> list[int]:
    """Batches that should have moved on: whoever ended their last image did not live to do it,
    or a worker gave an image back after its batch was cancelled.
    """
    working = dict(
        Batch.objects.filter(status__in=WORKING).values_list("pk", "cancel_requested_at")
    )
    counts = bulk.counts(batch_ids=working)
    return [pk for pk, cancelled in working.items() if cancelled or not counts[pk].open]
