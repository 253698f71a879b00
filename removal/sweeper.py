"""The sweep of images: dispatch again, take back expired leases, give up what cannot be done."""

import logging
from datetime import datetime

from common.http.errors import Conflict
from common.workqueue import LeaseLost, Swept
from removal import erasure, settlement, telemetry
from removal.errors import JobFailed
from removal.models import Job
from removal.queue import IMAGES, SINGLES

logger = logging.getLogger(__name__)


def sweep(*, now: datetime) -> Swept:
    """Restore singles from the rows alone. Safe to run anywhere."""
    swept = SINGLES.sweep(now=now, give_up=_give_up)
    if swept != Swept(0, 0, 0):
        logger.info("swept: %s", swept)
    return swept


def sweep_images(*, now: datetime) -> Swept:
    """The same for the images of batches, which `batches` dispatches."""
    return IMAGES.sweep(now=now, give_up=_give_up)


def _give_up(job: Job, now: datetime) -> None:
    error = JobFailed()
    try:
        settlement.fail(job=job, error=error, now=now)
    except Conflict:
        raise LeaseLost(job.public_id) from None
    telemetry.failed(job, code=error.code)
    erasure.drop_results(job, range(1, job.attempts + 1))
