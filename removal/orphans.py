"""Clean-up of stored files that no row names.

Storage is walked as a whole, so this runs a few times a day.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.core.files.storage import Storage, storages

from removal import keys, lifecycle
from removal.models import Job

logger = logging.getLogger(__name__)

# A file this young may belong to a request whose transaction is still open.
_YOUNG = timedelta(hours=1)
_CHUNK = 500
# What `common.storage` writes before it publishes a file.
_DRAFT = ".part"
_NOTHING: frozenset[str] = frozenset()


def reap(*, now: datetime) -> int:
    """Delete what nobody knows; returns how many files went."""
    storage = storages["default"]
    reaped = 0
    for files in _chunks(storage):
        for key in _unknown(files):
            if storage.get_modified_time(key) < now - _YOUNG:
                storage.delete(key)
                reaped += 1
    if reaped:
        logger.warning("deleted %s files that no job names", reaped)
    return reaped


def _chunks(storage: Storage) -> Iterator[Sequence[str]]:
    for root in (keys.ORIGINALS, keys.RESULTS):
        for owner in _names(storage, root)[0]:
            folder = f"{root}/{owner}"
            files = [f"{folder}/{name}" for name in _names(storage, folder)[1]]
            yield from (files[at : at + _CHUNK] for at in range(0, len(files), _CHUNK))


def _names(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    try:
        return storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _unknown(files: Sequence[str]) -> Iterator[str]:
    """Half-written drafts, and files whose job does not exist or has ended without them."""
    owners = {key: job_id for key in files if (job_id := keys.job_of(key))}
    known = {
        job.public_id: _kept(job) for job in Job.objects.filter(public_id__in=set(owners.values()))
    }
    for key, job_id in owners.items():
        kept = known.get(job_id, _NOTHING)
        if kept is not None and key not in kept:
            yield key
    yield from (key for key in files if key.endswith(_DRAFT))


def _kept(job: Job) -> frozenset[str] | None:
    """The files of a job; None, which is all of them, while it has not ended."""
    if not lifecycle.is_terminal(job.status):
        return None
    return frozenset({job.original_key, job.background_key, job.result_key})
