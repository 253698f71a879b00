"""Writing the archive of a batch whose images have all ended, and ending the batch with it.

A lease lets one process write. The object lies under a key of that lease alone, and becomes the
archive in the transaction that settles the money, or never. Whoever takes the lease first deletes
what dead writers left.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from batches import settlement
from batches.archive import lease, links, orphans, writer
from batches.archive.lease import Lease
from batches.settlement import Archive, LeaseLost
from common import storage
from common.http.request_id import current_request_id, request_id
from removal import bulk

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def build(*, batch_id: int, clock: Clock = timezone.now) -> bool:
    """Write the archive if it is due; False when it is not, so that redelivery does no harm."""
    held = lease.take(batch_id=batch_id, now=clock())
    if held is None:
        return False
    with request_id(held.batch.request_id or current_request_id()):
        try:
            _attempt(held, clock)
        except LeaseLost:
            logger.warning("the archive of %s was taken from this worker", held.batch)
    return True


def _attempt(held: Lease, clock: Clock) -> None:
    if held.is_too_late:
        _give_up(held, clock())
        return
    try:
        _deliver(held, clock)
    except LeaseLost:
        raise
    except Exception:
        logger.exception("attempt %s at the archive of %s failed", held.attempts, held.batch)
        _try_again(held, clock())


def _deliver(held: Lease, clock: Clock) -> None:
    left = orphans.of(held.batch)
    # Nobody else has been allowed to write since: what was found is of dead writers.
    _renew(held, clock())
    orphans.delete(left)
    archive = _write(held, clock)
    try:
        settlement.close(batch_id=held.batch.pk, token=held.token, archive=archive, now=clock())
    except LeaseLost:
        storage.delete(archive.key)
        raise


def _write(held: Lease, clock: Clock) -> Archive:
    """Raises LeaseLost as soon as it is noticed, and then leaves no object."""
    key = links.archive_key(held.batch, held.token)
    images = list(bulk.results(batch_id=held.batch.pk))
    renewed = clock()
    with storage.writer(key, content_type="application/zip") as out:
        for piece in writer.pieces(images):
            out.write(piece)
            now = clock()
            if now - renewed >= lease.interval():
                _renew(held, now)
                renewed = now
    return Archive(key=key, size=out.size)


def _renew(held: Lease, now: datetime) -> None:
    if not lease.renew(held, now=now):
        raise LeaseLost(held.batch.public_id)


def _try_again(held: Lease, now: datetime) -> None:
    """Nothing is deleted here: a close may have worked although its answer got lost."""
    if held.is_last:
        _give_up(held, now)
    else:
        lease.give_back(held, now=now)


def _give_up(held: Lease, now: datetime) -> None:
    """End the batch without an archive; nobody pays."""
    batch = settlement.close(batch_id=held.batch.pk, token=held.token, archive=None, now=now)
    orphans.delete(orphans.of(batch))
