"""Archive worker: writes the ZIP of a batch whose images have all ended, and closes the batch.

A lease lets one process write. The object lies under a key of that lease alone, and becomes the
archive in the transaction that settles the money, or never. Whoever takes the lease first deletes
what dead writers left.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from batches import settlement
from batches.archive import links, orphans, writer
from batches.archive.queue import QUEUE, renew_every
from batches.models import Batch
from batches.settlement import Archive
from common import storage
from common.http.request_id import current_request_id, request_id
from common.workqueue import LeaseLost, Swept
from removal import bulk

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Renew = Callable[[datetime], None]


def build(*, batch_id: int, clock: Clock = timezone.now) -> bool:
    """Write the archive if it is due; False when it is not, so that redelivery does no harm."""
    claimed = QUEUE.claim(now=clock(), only=Q(pk=batch_id))
    for batch in claimed:
        with request_id(batch.request_id or current_request_id()):
            try:
                _attempt(batch, clock)
            except LeaseLost:
                logger.warning("the archive of %s was taken from this worker", batch)
    return bool(claimed)


def sweep(*, now: datetime) -> Swept:
    """Dispatch archives that no worker writes, and fail batches whose attempts are used up."""
    return QUEUE.sweep(now=now, give_up=_give_up)


def _attempt(batch: Batch, clock: Clock) -> None:
    try:
        _deliver(batch, clock)
    except LeaseLost:
        raise
    except Exception as error:
        logger.exception("attempt %s at the archive of %s failed", batch.attempts, batch)
        _try_again(batch, error, clock())


def _deliver(batch: Batch, clock: Clock) -> None:
    left = orphans.of(batch)
    # While the lease holds no other worker writes, so the objects found were left by workers that
    # died.
    QUEUE.renew(batch, now=clock())
    orphans.delete(left)
    # The manifest says what each image costs.
    settlement.price(batch_id=batch.pk)
    archive = write(
        batch,
        token=batch.lease_token,
        renew=lambda now: QUEUE.renew(batch, now=now),
        clock=clock,
    )
    try:
        settlement.close(batch_id=batch.pk, token=batch.lease_token, archive=archive, now=clock())
    except LeaseLost:
        storage.delete(archive.key)
        raise


def write(batch: Batch, *, token: UUID | None, renew: Renew, clock: Clock) -> Archive:
    """Store the archive of what is there, under the key of the lease `token`, which `renew`s.

    Raises LeaseLost as soon as it is noticed, and then leaves no object.
    """
    if token is None:
        raise LeaseLost(batch.public_id)
    key = links.archive_key(batch, token)
    images = list(bulk.results(batch_id=batch.pk))
    renewed = clock()
    with storage.writer(key, content_type="application/zip") as out:
        for piece in writer.pieces(images):
            out.write(piece)
            now = clock()
            if now - renewed >= renew_every():
                renew(now)
                renewed = now
    return Archive(key=key, size=out.size)


def _try_again(batch: Batch, error: Exception, now: datetime) -> None:
    """Postpone the archive. Nothing is deleted here: a close may have worked although its answer
    got lost.
    """
    if QUEUE.is_exhausted(batch):
        _give_up(batch, now)
    else:
        QUEUE.fail(batch, error=f"{type(error).__name__}: {error}", now=now)


def _give_up(batch: Batch, now: datetime) -> None:
    """End the batch without an archive and without a charge."""
    ended = settlement.close(batch_id=batch.pk, token=batch.lease_token, archive=None, now=now)
    orphans.delete(orphans.of(ended))
