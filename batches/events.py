"""After-commit notifications of a batch's changes; none of them can undo a change."""

import logging
from functools import partial

from django.db import transaction

from batches.models import Batch
from batches.scheduling import dispatch
from batches.websocket import notify
from common.observability import metrics

logger = logging.getLogger(__name__)

ENDED = metrics.counter("batches_total", "Batches that ended", ["tier", "status"])


def changed(batch_id: int) -> None:
    """Notify the sockets that watch the batch."""
    transaction.on_commit(partial(notify.changed, batch_id=batch_id), robust=True)


def waiting(batch_id: int) -> None:
    """Dispatch waiting images to workers."""
    changed(batch_id)
    transaction.on_commit(dispatch.dispatch_work, robust=True)


def archive_due(batch_id: int) -> None:
    """A worker that writes the archive."""
    changed(batch_id)
    dispatch.ZIP_BATCH.send_on_commit(batch_id=batch_id)


def ended(batch: Batch) -> None:
    """Watchers, the owner's mailbox, and the figures."""
    changed(batch.pk)
    dispatch.NOTIFY_BATCH.send_on_commit(batch_id=batch.pk)
    transaction.on_commit(partial(_count, batch), robust=True)


def _count(batch: Batch) -> None:
    ENDED.labels(batch.tier, batch.status).inc()
    logger.info(
        "%s %s: %s finished, %s failed, %s cancelled, %s credits",
        batch.public_id,
        batch.status,
        batch.completed_images,
        batch.failed_images,
        batch.cancelled_images,
        batch.credits_used,
    )
