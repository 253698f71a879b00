"""The end of a batch: state, counts, archive and money change in one transaction.

The money's lock comes first: account → batch → job. What the batch costs is computed once all
images have ended and written at the finished ones, before the archive is begun.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from batches import events, lifecycle, planning
from batches.errors import FAILURES, FailureCode
from batches.lifecycle import WORKING, BatchStatus
from batches.models import Batch
from batches.planning import Past, Terms
from billing import ledger
from billing.errors import AlreadySettled
from billing.pricing import Rate, Tally
from common.workqueue import LeaseLost, at_once
from removal import bulk
from removal.bulk import Original


@dataclass(frozen=True)
class Archive:
    """A stored ZIP: its key and its size in bytes."""

    key: str
    size: int


def close(*, batch_id: int, token: UUID | None, archive: Archive | None, now: datetime) -> Batch:
    """End a batch whose images have all ended, and return it.

    - With the archive's lease and the archive: its finished images are charged and it becomes
      `completed`, or `cancelled` when that was asked for.
    - With the lease alone the archive is given up: `failed`, nobody pays.
    - With neither, nothing finished: `failed`, or `cancelled` when that was asked for.

    Raises LeaseLost and then changes nothing.
    """
    if archive:
        price(batch_id=batch_id)
    captures = bulk.captures(batch_id=batch_id) if archive else {}
    with transaction.atomic():
        batch = _charge(batch_id, captures, now)
        if not _may_close(batch, token):
            raise LeaseLost(batch.public_id)
        cancelled = batch.cancel_requested_at is not None
        if archive is None and (token or not cancelled):
            code = FailureCode.ARCHIVE_FAILED if token else FailureCode.BATCH_FAILED
            return _end(batch, BatchStatus.FAILED, captures, now, code=code)
        status = BatchStatus.CANCELLED if cancelled else BatchStatus.COMPLETED
        return _end(batch, status, captures, now, archive=archive)


def withdraw(*, batch_id: int, now: datetime) -> Batch:
    """End a batch as `cancelled` at once, without an archive; images that finished are charged.

    Every image must have ended. Raises LeaseLost when the batch ended before.
    """
    price(batch_id=batch_id)
    captures = bulk.captures(batch_id=batch_id)
    with transaction.atomic():
        batch = _charge(batch_id, captures, now)
        if batch.status not in {*WORKING, BatchStatus.ZIPPING}:
            raise LeaseLost(batch.public_id)
        batch.cancel_requested_at = batch.cancel_requested_at or now
        return _end(batch, BatchStatus.CANCELLED, captures, now)


@transaction.atomic
def price(*, batch_id: int) -> None:
    """Write at each finished image what it costs, once every image has ended; repeating it then
    changes nothing.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if not lifecycle.is_terminal(batch.status):
        total = planning.captured(terms(batch), tally(batch))
        bulk.price(batch_id=batch.pk, total=total)


def terms(batch: Batch) -> Terms:
    """The terms that a batch was started on."""
    return Terms(
        images=batch.base_total // batch.base_credits_per_image,
        base_credits_per_image=batch.base_credits_per_image,
        base_total=batch.base_total,
        discount_percentage=batch.discount_percentage,
        discount_amount=batch.discount_amount,
        partner_percentage=batch.partner_percentage,
        final_total=batch.final_total,
        past=Past(batch.past_finished, batch.past_failed, batch.past_captured),
    )


def tally(batch: Batch) -> Tally:
    """Counts of a batch's images by how they ended, from their rows."""
    counts = bulk.counts(batch_ids=[batch.pk])[batch.pk]
    return Tally(counts.completed, bulk.failed_for_our_reasons(batch_id=batch.pk))


def terms_of_retry(parent: Batch, originals: Sequence[Original]) -> Terms:
    """The terms of a batch that tries these images of a batch that has ended again."""
    ended = tally(parent)
    if parent.status == BatchStatus.FAILED:
        # Images that finished in it were never delivered, so they are tried again like the rest.
        ended = Tally(0, ended.failed)
    past = planning.following(
        terms(parent),
        ended,
        charged=parent.credits_used,
        retried=sum(original.failed for original in originals),
    )
    rate = Rate(parent.base_credits_per_image, parent.partner_percentage)
    return planning.again(rate=rate, images=len(originals), past=past)


def _charge(batch_id: int, captures: Mapping[str, int], now: datetime) -> Batch:
    """Close the hold, which locks the account, and then lock the batch."""
    hold_id = Batch.objects.values_list("hold_id", flat=True).get(pk=batch_id)
    if hold_id is not None:
        try:
            ledger.settle_hold(hold_id=hold_id, captures=captures, now=now)
        except AlreadySettled as error:
            raise LeaseLost(batch_id) from error
    return Batch.objects.select_for_update().get(pk=batch_id)


def _may_close(batch: Batch, token: UUID | None) -> bool:
    if token is None:
        return batch.status in WORKING
    return batch.status == BatchStatus.ZIPPING and batch.lease_token == token


def _end(
    batch: Batch,
    status: BatchStatus,
    captures: Mapping[str, int],
    now: datetime,
    *,
    archive: Archive | None = None,
    code: FailureCode | None = None,
) -> Batch:
    """Write down once how it ended; `bulk.charge` and the captures are of the same rows."""
    counts = bulk.counts(batch_ids=[batch.pk])[batch.pk]
    if counts.open:
        raise LeaseLost(batch.public_id)
    if status is not BatchStatus.FAILED:
        bulk.charge(batch_id=batch.pk, now=now)
    batch.status = status
    batch.completed_images = counts.completed
    batch.failed_images = counts.failed
    batch.cancelled_images = counts.cancelled
    batch.our_failures = bulk.failed_for_our_reasons(batch_id=batch.pk)
    batch.credits_used = sum(captures.values())
    batch.lease_token = batch.lease_expires_at = None
    # From here on the row waits for its notice.
    batch.available_at, batch.dispatched_at = at_once(now), now
    batch.attempts, batch.last_error = 0, ""
    batch.completed_at = now
    if archive:
        batch.zip_key, batch.zip_size = archive.key, archive.size
    if code:
        batch.error_code, batch.error_message = code, FAILURES[code]
    batch.save()
    events.ended(batch)
    return batch
