"""Services that start batches: a new one, and the retry of one that has ended.

A start checks the request (`requests`) and its images (`intake`), plans the rows and files
(`drafts`), stores the files, and in one transaction holds the price and queues the images.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from batches import events, finalize, lifecycle, queries, settlement
from batches.creation import drafts, intake
from batches.creation.drafts import Draft
from batches.creation.requests import BatchRequest, fingerprint_of_retry
from batches.errors import AlreadyRetried, BatchRunning, NothingToRetry
from batches.models import Batch
from batches.scheduling import turns
from batches.uploads import services as uploads
from billing import ledger
from billing import services as billing
from billing.errors import InsufficientCredits
from billing.spending import services as spending
from common import database, maintenance
from common.http.errors import ApiError
from common.http.idempotency.store import same_request
from common.storage.deposits import stored
from common.users import UserRef
from removal import bulk, free_failures, model_choice, options
from removal import intake as single
from removal.bulk import Original
from removal.errors import engine_errors

WithinQueueing = Callable[[Batch], object]


def _nothing(_: Batch) -> None:
    """The step of callers that keep no rows of their own about a batch."""


def start(
    *, user: UserRef, request: BatchRequest, now: datetime, within: WithinQueueing = _nothing
) -> Batch:
    """Check and store the images, hold their price and queue them.

    Images that cannot be read, or whose result would be too large, become failed items. The same
    idempotency key returns the first batch instead. `within` is called with a new batch in the
    transaction that queues it, for rows that refer to it. Raises InvalidInput, BatchTooLarge,
    FileTooLarge or InvalidFileType (400), InsufficientCredits and SpendingCapReached (402),
    Conflict (409: the key came with another request, an upload was used before) and RateLimited
    (429: too many pictures failed free of charge); then nothing is held and no file stays.
    """
    fingerprint = request.fingerprint()
    if earlier := _earlier(user, request.idempotency_key, fingerprint):
        return earlier
    try:
        return _start(user, request, fingerprint, now, within)
    except (IntegrityError, ApiError):
        # A concurrent request with the same key was faster, and may have taken the credits or
        # the uploads.
        if earlier := _earlier(user, request.idempotency_key, fingerprint):
            return earlier
        raise


def retry(
    *,
    user: UserRef,
    batch_id: str,
    request_id: str,
    idempotency_key: str | None,
    now: datetime,
    api_key: str = "",
) -> Batch:
    """Start a new batch of the images that were cancelled, or failed for a reason of ours, and
    whose originals are still there. Both together cost what one clean batch would have.

    The same idempotency key returns the first retry. Raises NotFound (404), BatchRunning,
    NothingToRetry, AlreadyRetried and IdempotencyKeyReused (409), InsufficientCredits and
    SpendingCapReached (402).
    """
    parent = queries.owned_batch(user_id=user.pk, batch_id=batch_id)
    fingerprint = fingerprint_of_retry(parent.public_id) if idempotency_key else ""
    if earlier := _earlier(user, idempotency_key, fingerprint):
        return earlier
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
        return _open(user_id=user.pk, draft=draft, api_key=api_key, now=now, within=_nothing)
    except FileNotFoundError:
        # The originals are expiring at this moment.
        raise NothingToRetry(details={"batchId": parent.public_id}) from None
    except (IntegrityError, ApiError):
        # A concurrent request was faster.
        if earlier := _earlier(user, idempotency_key, fingerprint):
            return earlier
        _to_retry(parent)
        raise


def require_retryable(*, user_id: int, batch_id: str, idempotency_key: str | None) -> None:
    """Raise what `retry` would, without starting anything: NotFound (404), BatchRunning,
    NothingToRetry or AlreadyRetried (409). A key that was used before is left to `retry`.
    """
    parent = queries.owned_batch(user_id=user_id, batch_id=batch_id)
    if not idempotency_key or not queries.by_idempotency_key(user_id=user_id, key=idempotency_key):
        _to_retry(parent)


def _earlier(user: UserRef, key: str | None, fingerprint: str) -> Batch | None:
    batch = queries.by_idempotency_key(user_id=user.pk, key=key) if key else None
    return same_request(batch, key=key, fingerprint=fingerprint, label="batchId")


def _start(
    user: UserRef, request: BatchRequest, fingerprint: str, now: datetime, within: WithinQueueing
) -> Batch:
    with engine_errors():
        options.build(request.fields, background_image=b"" if request.background else None)
    model_choice.check(tier=request.tier, fields=request.fields)
    maintenance.refuse_new_work()
    free_failures.check(user_id=user.pk, now=now)
    given = request.images or intake.from_uploads(user=user, upload_ids=request.upload_ids, now=now)
    intake.check_limits(given, least=request.least)
    images = [intake.judged(image, request.fields, source=request.source) for image in given]
    # Files that were refused by their header cost nothing and earn no discount.
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
    return _open(user_id=user.pk, draft=draft, api_key=request.api_key, now=now, within=within)


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


def _open(
    *, user_id: int, draft: Draft, api_key: str, now: datetime, within: WithinQueueing
) -> Batch:
    """Store a draft's files, then hold its price and queue its images in one transaction.

    A batch without any readable image has ended when this returns. Raises InsufficientCredits
    or SpendingCapReached (402), what consuming uploads raises, IntegrityError for an idempotency
    key or a retry that another batch has, and FileNotFoundError; then nothing is held and no file
    stays.
    """
    _require_credits(user_id, draft, api_key)
    # Storing takes a while and needs no database.
    database.release()
    with stored(draft.deposits), transaction.atomic():
        batch = _queue(user_id, draft, api_key, now)
        within(batch)
        if draft.upload_ids:
            uploads.consume(
                user_id=user_id, upload_ids=draft.upload_ids, batch_id=batch.pk, now=now
            )
        if all(image.error for image in draft.images):
            finalize.finish_if_done(batch_id=batch.pk, now=now)
            batch.refresh_from_db()
        else:
            events.waiting(batch.pk)
    return batch


def _require_credits(user_id: int, draft: Draft, api_key: str) -> None:
    """Refuse before anything is stored what the hold would refuse later."""
    required, available = draft.terms.final_total, ledger.balance(user_id=user_id).available
    if available < required:
        raise InsufficientCredits(required=required, available=available, tier=draft.batch.tier)
    spending.check(user_id=user_id, api_key=api_key, credits=required)


def _queue(user_id: int, draft: Draft, api_key: str, now: datetime) -> Batch:
    batch = draft.batch
    batch.hold_id = _hold(user_id, batch, api_key, now)
    batch.waiting_images = sum(not image.error for image in draft.images)
    batch.turn_at = turns.turn_at(served_at=now, waiting=batch.waiting_images)
    batch.save(force_insert=True)
    bulk.create(
        user_id=user_id,
        batch_id=batch.pk,
        images=draft.images,
        tier=batch.tier,
        fields=batch.options,
        background_key=batch.background_key,
        source=batch.source,
        request_id=batch.request_id,
        now=now,
    )
    return batch


def _hold(user_id: int, batch: Batch, api_key: str, now: datetime) -> int | None:
    if not batch.final_total:
        return None
    hold = ledger.place_hold(
        user_id=user_id,
        credits=batch.final_total,
        key=f"batch:{batch.public_id}",
        reference=batch.public_id,
        tier=batch.tier,
        api_key=api_key,
        now=now,
    )
    return hold.pk
