"""The work queue of archives: batches whose images have ended and whose ZIP is to be written."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from batches.lifecycle import BatchStatus
from batches.models import Batch
from batches.scheduling.dispatch import ZIP_BATCH
from common.workqueue import WorkQueue, doubling

LONGEST_PAUSE = timedelta(minutes=10)
BACKOFF = doubling(timedelta(seconds=5), longest=LONGEST_PAUSE)

# The end of a batch moves money, so what used up its attempts is ended by `batches.archive.build`.
QUEUE: WorkQueue[Batch] = WorkQueue(
    model=Batch,
    open=Q(status=BatchStatus.ZIPPING),
    lease=lambda: timedelta(seconds=settings.LEASE_S),
    backoff=BACKOFF,
    longest_wait=LONGEST_PAUSE,
    max_attempts=lambda: settings.ARCHIVE_MAX_ATTEMPTS,
    task=ZIP_BATCH,
    arguments=lambda batch: {"batch_id": batch.pk},
)


def renew_every() -> timedelta:
    """The interval at which the writer of an archive renews its lease."""
    return QUEUE.lease() / 4
