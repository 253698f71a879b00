"""Erasure of personal data in batches that have ended: on request, and by age."""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from batches import events, lifecycle
from batches.archive import orphans, rebuild
from batches.lifecycle import BatchStatus
from batches.models import Batch
from batches.signals import batch_erased
from common import storage
from common.http.idempotency import store
from common.workqueue import at_once
from removal import bulk, keys

logger = logging.getLogger(__name__)

_ENDED = Q(status__in=lifecycle.TERMINAL)
_CHUNK = 100
_BACKGROUND = re.compile(r"/batch_[a-z0-9]+-background\.")
# A file this young may belong to a request whose transaction is still open.
_YOUNG = timedelta(hours=1)


def erase_ended(*, batch: Batch, now: datetime) -> Batch:
    """Delete the files of a batch that has ended, and redact what could point to a person.

    Files go first: if the process dies in between, erasing once more finishes the work.
    """
    bulk.erase(batch_id=batch.pk, now=now)
    batch.zip_key = ""
    rebuild.cancel(batch=batch)
    orphans.delete(orphans.of(batch))
    _delete(batch.background_key)
    Batch.objects.filter(pk=batch.pk).update(
        name="",
        options={},
        background_key="",
        webhook_url="",
        request_id="",
        idempotency_key=None,
        fingerprint="",
        zip_key="",
        erased_at=batch.erased_at or now,
    )
    batch_erased.send(sender=Batch, batch_id=batch.public_id, user_id=batch.user_id)
    batch.refresh_from_db()
    return batch


def forget_image(*, batch_id: int, now: datetime) -> None:
    """Follow the erasure of one image: no archive that holds it may stay or be finished. One that
    was there is written anew in the background.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        stale = batch.zip_key
        if stale or rebuild.is_pending(batch):
            batch.zip_key = ""
            rebuild.request(batch=batch, now=now)
            events.changed(batch_id)
        elif batch.status == BatchStatus.ZIPPING:
            # The worker that writes it loses the lease; the next one begins anew, and may fail as
            # often.
            batch.lease_token = batch.lease_expires_at = None
            batch.available_at, batch.dispatched_at = at_once(now), now
            batch.attempts = 0
            events.archive_due(batch_id)
        batch.save()
    _delete(stale)


def expire(*, now: datetime) -> int:
    """Delete archives and backgrounds past their retention; returns how many batches changed."""
    backgrounds_before = now - timedelta(hours=settings.RETENTION_ORIGINALS_H)
    archives_before = now - timedelta(hours=settings.RETENTION_RESULTS_H)
    ended = Batch.objects.filter(_ENDED)
    store.clear_old_keys(ended, now=now)
    backgrounds = ended.filter(created_at__lt=backgrounds_before).exclude(background_key="")
    archives = ended.filter(completed_at__lt=archives_before).exclude(zip_key="")
    return _all(_drop_background, backgrounds) + _all(partial(_drop_archive, now=now), archives)


def reap_backgrounds(*, now: datetime) -> int:
    """Delete backgrounds that no batch names: a process died while it started one.

    Storage is walked as a whole, so this runs a few times a day; returns how many files went.
    """
    old = [
        key
        for key, changed in storage.listed(f"{keys.ORIGINALS}/")
        if changed < now - _YOUNG and _BACKGROUND.search(key)
    ]
    named = set(
        Batch.objects.filter(background_key__in=old).values_list("background_key", flat=True)
    )
    unknown = [key for key in old if key not in named]
    for key in unknown:
        storage.delete(key)
    return len(unknown)


def _drop_background(batch: Batch) -> int:
    _delete(batch.background_key)
    return Batch.objects.filter(pk=batch.pk).update(background_key="")


def _drop_archive(batch: Batch, now: datetime) -> int:
    _delete(batch.zip_key)
    return Batch.objects.filter(pk=batch.pk).update(zip_key="", expired_at=now)


def _all(drop: Callable[[Batch], int], batches: QuerySet[Batch]) -> int:
    """Do it to each; a file that cannot be deleted now must not keep the later ones from it."""
    changed = 0
    for batch in batches.order_by("pk").iterator(chunk_size=_CHUNK):
        try:
            changed += drop(batch)
        except Exception:
            logger.exception("a file of %s could not be deleted", batch.public_id)
    return changed


def _delete(key: str) -> None:
    if key:
        storage.delete(key)
