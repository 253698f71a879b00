"""Rendering of one version by a worker: from the original and the mask, stored, then published."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common import storage
from common.http.errors import ApiError
from common.workqueue import LeaseLost, wakeup
from removal import conf, erasure, errors, options, previews
from removal.engine import pipeline
from removal.engine.errors import EngineError
from removal.engine.types import Cutout
from removal.lifecycle import JobStatus
from removal.models import Job, Version
from removal.signals import image_changed
from removal.versions import files
from removal.versions.queue import VERSIONS, waiter

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def run(version_id: int, *, clock: Clock = timezone.now) -> bool:
    """Render a version if it waits; False when it does not, so that redelivery does no harm."""
    claimed = VERSIONS.claim(now=clock(), only=Q(pk=version_id))
    for version in claimed:
        _process(version, clock)
    return bool(claimed)


def _process(version: Version, clock: Clock) -> None:
    key = ""
    try:
        cutout = _rendered(version)
        key = _store(version, cutout)
        _publish(version, cutout, key, clock())
        _make_previews(version, cutout, key)
    except LeaseLost:
        logger.info("%s was taken from this worker, which stops", version)
        if key:
            erasure.drop(key)
    except EngineError as error:
        _refuse(version, errors.from_engine(error), clock())
    except FileNotFoundError:
        # The original or the mask has expired, or the job was erased.
        _refuse(version, errors.JobFailed("Its original or its mask is no longer kept"), clock())
    except Exception as error:
        logger.exception("attempt %s of %s failed", version.attempts, version)
        _retry(version, error, clock())
    wakeup.notify(waiter(version))


def _rendered(version: Version) -> Cutout:
    job = version.job
    backdrop = storage.read(version.background_key) if version.background_key else None
    return pipeline.render(
        storage.read(job.original_key or job.public_id),
        storage.read(version.mask_key),
        options.build(version.options, background_image=backdrop),
        limits=conf.limits(job.source),
        checkpoint=lambda: _check_lease(version),
    )


def _check_lease(version: Version) -> None:
    if not VERSIONS.under_lease(version).exists():
        raise LeaseLost(str(version))


def _store(version: Version, cutout: Cutout) -> str:
    job = version.job
    key = files.result_key(job, version, version.attempts, cutout.extension)
    storage.put(key, cutout.data, content_type=cutout.content_type)
    previews.store_mask(cutout.extras, key)
    return key


@transaction.atomic
def _publish(version: Version, cutout: Cutout, key: str, now: datetime) -> None:
    """Name the result at the version and, unless a later one is there, at the job.

    Raises LeaseLost, also when the job was erased meanwhile.
    """
    box = cutout.foreground_box
    result = {
        "result_key": key,
        "result_size": len(cutout.data),
        "result_width": cutout.width,
        "result_height": cutout.height,
        "result_format": cutout.extension,
        "foreground": [box.left, box.top, box.width, box.height] if box else None,
    }
    jobs = Job.objects.filter(pk=version.job_id, status=JobStatus.COMPLETED).exclude(result_key="")
    job = jobs.select_for_update().first()
    if job is None:
        raise LeaseLost(str(version))
    VERSIONS.complete(version, status=Version.Status.COMPLETED, completed_at=now, **result)
    if version.number > job.version:
        jobs.update(version=version.number, has_mask=True, has_previews=False, **result)
        if job.batch_id is not None:
            image_changed.send(sender=Job, batch_id=job.batch_id, now=now)


def _make_previews(version: Version, cutout: Cutout, key: str) -> None:
    if cutout.extras is not None and previews.make(version.job, key, cutout.extras):
        Version.objects.filter(pk=version.pk).update(has_previews=True)


def _refuse(version: Version, error: ApiError, now: datetime) -> None:
    try:
        VERSIONS.complete(
            version,
            status=Version.Status.FAILED,
            completed_at=now,
            error_code=str(error.code),
            error_message=error.message[:300],
        )
    except LeaseLost:
        logger.info("%s was taken from this worker", version)


def _retry(version: Version, error: Exception, now: datetime) -> None:
    try:
        VERSIONS.fail(version, error=type(error).__name__, now=now)
    except LeaseLost:
        return
    if version.status == Version.Status.QUEUED:
        with transaction.atomic():
            VERSIONS.dispatch([version])
