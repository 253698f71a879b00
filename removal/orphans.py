"""Clean-up of stored files that no row names.

Storage is walked as a whole, so this runs a few times a day.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from common import storage
from removal import keys, lifecycle
from removal.models import Job
from removal.versions import files

logger = logging.getLogger(__name__)

# A file this young may belong to a request whose transaction is still open.
_YOUNG = timedelta(hours=1)
_CHUNK = 500
_ROOTS = (f"{keys.ORIGINALS}/", f"{keys.RESULTS}/")
_NOTHING: frozenset[str] = frozenset()


def reap(*, now: datetime) -> int:
    """Delete files that no job names, and half-written drafts; returns how many were deleted."""
    before = now - _YOUNG
    reaped = sum(_reap_files(root, before) + _reap_drafts(root, before) for root in _ROOTS)
    if reaped:
        logger.warning("deleted %s files that no job names", reaped)
    return reaped


def _reap_files(root: str, before: datetime) -> int:
    reaped = 0
    old = (key for key, changed in storage.listed(root) if changed < before)
    while files := list(islice(old, _CHUNK)):
        for key in _unknown(files):
            storage.delete(key)
            reaped += 1
    return reaped


def _reap_drafts(root: str, before: datetime) -> int:
    old = [draft for draft in storage.drafts(root) if draft.started_at < before]
    for draft in old:
        storage.discard(draft)
    return len(old)


def _unknown(files: Sequence[str]) -> Iterator[str]:
    """Files whose job does not exist or has ended without them."""
    owners = {key: job_id for key in files if (job_id := keys.job_of(key))}
    known = {
        job.public_id: _kept(job)
        for job in Job.objects.filter(public_id__in=set(owners.values())).prefetch_related(
            "versions"
        )
    }
    for key, job_id in owners.items():
        kept = known.get(job_id, _NOTHING)
        if kept is not None and key not in kept:
            yield key


def _kept(job: Job) -> frozenset[str] | None:
    """The files of a job; None, which is all of them, while it has not ended."""
    if not lifecycle.is_terminal(job.status):
        return None
    beside = keys.beside(job.result_key) if job.result_key else ()
    own = {job.original_key, job.background_key, job.result_key}
    return frozenset({*own, *beside, *files.kept(job)})
