"""The two work queues of images: singles that somebody awaits, and the images of batches.

Both are rows of `Job`; `batch_id` tells them apart. Their end moves money, so images whose attempts
are used up are ended by `removal.sweeper`.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from common.workqueue import TaskRef, WorkQueue, doubling
from removal import conf
from removal.lifecycle import JobStatus
from removal.models import Job

RUN_JOB = TaskRef("removal.tasks.run_job", queue="interactive")

# An outage must not use up the attempts of a whole batch; a caller waits for a single.
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)

_LEASED: Mapping[str, JobStatus] = {"status": JobStatus.PROCESSING}
_RETURNED: Mapping[str, JobStatus] = {"status": JobStatus.QUEUED}

SINGLES: WorkQueue[Job] = WorkQueue(
    model=Job,
    open=Q(status=JobStatus.QUEUED, batch_id__isnull=True),
    held=Q(status=JobStatus.PROCESSING, batch_id__isnull=True),
    leased=_LEASED,
    returned=_RETURNED,
    reopened=_RETURNED,
    lease=conf.lease,
    backoff=lambda _: timedelta(0),
    longest_wait=LONGEST_PAUSE,
    max_attempts=lambda: conf.max_attempts(in_batch=False),
    task=RUN_JOB,
    arguments=lambda job: {"job_id": job.public_id},
    dispatch_after=conf.dispatch_after,
    owns_messages=True,
)

# Images are not dispatched one by one, but batch work as a whole: `batches.scheduling.dispatch`.
IMAGES: WorkQueue[Job] = WorkQueue(
    model=Job,
    open=Q(status=JobStatus.QUEUED, batch_id__isnull=False),
    held=Q(status=JobStatus.PROCESSING, batch_id__isnull=False),
    leased=_LEASED,
    returned=_RETURNED,
    reopened=_RETURNED,
    lease=lambda: timedelta(seconds=settings.BATCH_LEASE_S),
    backoff=doubling(FIRST_PAUSE, longest=LONGEST_PAUSE, factor=4),
    longest_wait=LONGEST_PAUSE,
    max_attempts=lambda: conf.max_attempts(in_batch=True),
)


def of(job: Job) -> WorkQueue[Job]:
    """The queue that a job waits in."""
    return SINGLES if job.batch_id is None else IMAGES
