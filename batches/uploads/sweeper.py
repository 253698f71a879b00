"""Periodic clean-up of unused uploads and of files that no row names."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import QuerySet

from batches.models import Upload
from batches.uploads import storage_keys
from common import storage
from removal import queries

logger = logging.getLogger(__name__)

# A batch that was started a moment before the expiry may still be on its way to its commit.
GRACE = timedelta(hours=1)
_CHUNK = 500
T = TypeVar("T")


def purge(*, now: datetime) -> int:
    """Delete expired uploads: their rows, and their files unless a job has them.

    Returns how many rows went. A file that cannot be deleted keeps its row for the next time.
    """
    purged = forget(Upload.objects.filter(expires_at__lt=now - GRACE))
    if purged:
        logger.info("purged %s uploads", purged)
    return purged


def forget(uploads: QuerySet[Upload]) -> int:
    """Delete these, as `purge` does; returns how many rows went."""
    forgotten = 0
    for chunk in _chunks(uploads.order_by("pk").iterator(chunk_size=_CHUNK)):
        gone = list(_without_files(chunk))
        forgotten += Upload.objects.filter(pk__in=gone).delete()[0]
    return forgotten


def reap(*, now: datetime) -> int:
    """Delete files of uploads that no row knows any more; returns how many.

    All of the originals in storage are listed, so this runs a few times a day. A link works
    until it expires, so a file may come back after its job was erased.
    """
    reaped = 0
    old = (
        key
        for key, changed in storage.listed(storage_keys.ROOT)
        if storage_keys.upload_of(key) and changed < now - GRACE
    )
    for keys in _chunks(old):
        for key in _unknown(keys):
            storage.delete(key)
            reaped += 1
    if reaped:
        logger.warning("deleted %s uploaded files that nothing names", reaped)
    return reaped


def _without_files(uploads: Sequence[Upload]) -> Iterator[int]:
    """The primary keys of those whose file is gone, or belongs to a job."""
    kept = queries.originals_among(keys=[upload.key for upload in uploads if upload.key])
    for upload in uploads:
        try:
            if upload.key and upload.key not in kept:
                storage.delete(upload.key)
            yield upload.pk
        except Exception:
            logger.exception("the file of %s could not be deleted", upload.public_id)


def _unknown(keys: Sequence[str]) -> set[str]:
    ids = [storage_keys.upload_of(key) for key in keys]
    known = set(Upload.objects.filter(public_id__in=ids).values_list("key", flat=True))
    return set(keys) - known - queries.originals_among(keys=keys)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk
