"""Clean-up of archives that were left half-written or that no row names."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from batches.archive import links
from batches.models import Batch
from common import storage
from common.storage import Draft

logger = logging.getLogger(__name__)

# Longer than any archive takes to be written, and than any upload of a single image.
_YOUNG = timedelta(hours=6)
_CHUNK = 500


@dataclass(frozen=True)
class Leftovers:
    """Objects and drafts under a batch's prefix, except the archive that the batch names."""

    drafts: tuple[Draft, ...]
    keys: tuple[str, ...]


def of(batch: Batch) -> Leftovers:
    prefix = links.prefix(batch)
    keys = (key for key, _ in storage.listed(prefix) if key != batch.zip_key)
    return Leftovers(drafts=tuple(storage.drafts(prefix)), keys=tuple(keys))


def delete(leftovers: Leftovers) -> None:
    """Delete orphans, if no lease was given out since they were listed or the batch has ended.

    A writer without the lease loses its draft here and fails.
    """
    for draft in leftovers.drafts:
        storage.discard(draft)
    for key in leftovers.keys:
        storage.delete(key)


def reap(*, now: datetime) -> int:
    """Delete old archives that no batch names, and old drafts of any object; returns how many.

    Storage is walked as a whole, so this runs a few times a day.
    """
    reaped = _reap_drafts(now) + _reap_archives(now)
    if reaped:
        logger.warning("deleted %s archives and drafts that no batch names", reaped)
    return reaped


def _reap_drafts(now: datetime) -> int:
    old = [draft for draft in storage.drafts("") if draft.started_at < now - _YOUNG]
    for draft in old:
        storage.discard(draft)
    return len(old)


def _reap_archives(now: datetime) -> int:
    listed = storage.listed(f"{links.ROOT}/")
    old = [key for key, changed in listed if changed < now - _YOUNG]
    reaped = 0
    for at in range(0, len(old), _CHUNK):
        some = old[at : at + _CHUNK]
        named = set(Batch.objects.filter(zip_key__in=some).values_list("zip_key", flat=True))
        for key in some:
            if key not in named:
                storage.delete(key)
                reaped += 1
    return reaped
