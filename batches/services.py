"""Services of batches: start, cancel, retry, erase."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction

from batches import erasure, events, finalize, lifecycle, queries, settlement
from batches.creation import drafts, intake, opening
from batches.creation.requests import BatchRequest, fingerprint_of_retry
from batches.errors import AlreadyRetried, BatchEnded, BatchRunning, NothingToRetry
from batches.lifecycle import WORKING, BatchStatus
from batches.models import Batch
from billing import services as billing
from common import maintenance
from common.http.errors import ApiError
from common.http.idempotency.store import IdempotencyKeyReused
from common.users import UserRef
from common.workqueue import LeaseLost
from removal import bulk, free_failures, model_choice, options
from removal import intake as single
from removal.bulk import Original
from removal.errors import engine_errors


def start(*, user: UserRef, request: BatchRequest, now: datetime) -> Batch:
    """Check and store the images, hold their price and queue them.

    Images that cannot be read, or whose result would be too large, become failed items. The same
    idempotency key returns the first batch instead. Raises InvalidInput, BatchTooLarge,
    FileTooLarge or InvalidFileType (400), InsufficientCredits (402), Conflict (409: the key came
    with another request, an upload was used before) and RateLimited (429: too many pictures failed
    free of charge); then nothing is held and no file stays.
    """
    fingerprint = request.fingerprint()
    if first := _first(user, request.idempotency_key, fingerprint):
        return first
    try:
        return _start(user, request, fingerprint, now)
    except (IntegrityError, ApiError):
        # A concurrent request with the same key was faster, and may have taken the credits or
        # the uploads.
        if first := _first(user, request.idempotency_key, fingerprint):
            return first
        raise


def retry(
    *,
    user: UserRef,
    batch_id: str,
    request_id: str,
    idempotency_key: str | None,
    now: datetime,
) -> Batch:
    """Start a new batch of the images that were cancelled, or failed for a reason of ours, and
    whose originals are still there. Both together cost what one clean batch would have.

    The same idempotency key returns the first retry. Raises NotFound (404), BatchRunning,
    NothingToRetry, AlreadyRetried and IdempotencyKeyReused (409), InsufficientCredits (402).
    """
    parent = queries.owned_batch(user_id=user.pk, batch_id=batch_id)
    fingerprint = fingerprint_of_retry(parent.public_id) if idempotency_key else ""
    if first := _first(user, idempotency_key, fingerprint):
        return first
    maintenance.refuse_new_work()
    originals = _to_retry(parent)
    draft = drafts.again(
        user=user,
        parent=parent,
        terms=settlement.terms_of_retry(parent, originals),
        originals=originals,
        request_id=request_id,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        now=now,
    )
    try:
        return opening.open_batch(user_id=user.pk, draft=draft, now=now)
    except FileNotFoundError:
        # The originals are expiring at this moment.
        raise NothingToRetry(details={"batchId": parent.public_id}) from None
    except (IntegrityError, ApiError):
        # A concurrent request was faster.
        if first := _first(user, idempotency_key, fingerprint):
            return first
        _to_retry(parent)
        raise


def require_retryable(*, user_id: int, batch_id: str, idempotency_key: str | None) -> None:
    """Raise what `retry` would, without starting anything: NotFound (404), BatchRunning,
    NothingToRetry or AlreadyRetried (409). A key that was used before is left to `retry`.
    """
    parent = queries.owned_batch(user_id=user_id, batch_id=batch_id)
    if not idempotency_key or not queries.by_idempotency_key(user_id=user_id, key=idempotency_key):
        _to_retry(parent)


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


def _first(user: UserRef, key: str | None, fingerprint: str) -> Batch | None:
    batch = queries.by_idempotency_key(user_id=user.pk, key=key) if key else None
    if batch is not None and batch.fingerprint != fingerprint:
        raise IdempotencyKeyReused(details={"key": key, "batchId": batch.public_id})
    return batch


def _start(user: UserRef, request: BatchRequest, fingerprint: str, now: datetime) -> Batch:
    with engine_errors():
        options.build(request.fields, background_image=b"" if request.background else None)
    model_choice.check(tier=request.tier, fields=request.fields)
    maintenance.refuse_new_work()
    free_failures.check(user_id=user.pk, now=now)
    given = request.images or intake.from_uploads(user=user, upload_ids=request.upload_ids, now=now)
    intake.check_limits(given)
    images = [intake.judged(image, request.fields) for image in given]
    # Files that were refused at the first look cost nothing and earn no discount.
    quote = billing.quote_batch(
        image_count=sum(image.problem is None for image in images),
        tier=request.tier,
        partner_percent=request.partner_percent,
        least=0,
    )
    backdrop = single.check(request.background, field="bg_image") if request.background else None
    draft = drafts.first(
        user=user,
        request=request,
        images=images,
        background=backdrop,
        quote=quote,
        fingerprint=fingerprint,
        now=now,
    )
    return opening.open_batch(user_id=user.pk, draft=draft, now=now)


def _to_retry(parent: Batch) -> Sequence[Original]:
    where = {"batchId": parent.public_id}
    if not lifecycle.is_terminal(parent.status):
        raise BatchRunning(details={**where, "status": parent.status})
    if earlier := queries.retry_of(parent):
        raise AlreadyRetried(details={**where, "retryBatchId": earlier.public_id})
    originals = bulk.retryable(batch_id=parent.pk)
    if not originals:
        raise NothingToRetry(details=where)
    return originals


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
