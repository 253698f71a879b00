"""A draft becomes a batch: its price held, its files stored, its images queued, or none of it."""

from datetime import datetime

from django.db import transaction

from batches import events, finalize
from batches.creation import originals
from batches.creation.drafts import Draft
from batches.models import Batch
from batches.scheduling import turns
from batches.uploads import services as uploads
from billing import ledger
from billing.errors import InsufficientCredits
from common import database
from removal import bulk


def open_batch(*, user_id: int, draft: Draft, now: datetime) -> Batch:
    """Store the files, then hold the price and queue the images in one transaction.

    A batch without any readable image has ended when this returns. Raises InsufficientCredits
    (402), what consuming uploads raises, IntegrityError for an idempotency key or a retry that
    another batch has, and FileNotFoundError; then nothing is held and no file stays.
    """
    _require_credits(user_id, draft)
    # Storing takes a while and needs no database.
    database.release()
    with originals.stored(draft.deposits), transaction.atomic():
        batch = _queue(user_id, draft, now)
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


def _require_credits(user_id: int, draft: Draft) -> None:
    """Refuse before anything is stored what the hold would refuse later."""
    required, available = draft.terms.final_total, ledger.balance(user_id=user_id).available
    if available < required:
        raise InsufficientCredits(required=required, available=available, tier=draft.batch.tier)


def _queue(user_id: int, draft: Draft, now: datetime) -> Batch:
    batch = draft.batch
    batch.hold_id = _hold(user_id, batch, now)
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


def _hold(user_id: int, batch: Batch, now: datetime) -> int | None:
    if not batch.final_total:
        return None
    hold = ledger.place_hold(
        user_id=user_id,
        credits=batch.final_total,
        key=f"batch:{batch.public_id}",
        reference=batch.public_id,
        tier=batch.tier,
        now=now,
    )
    return hold.pk
