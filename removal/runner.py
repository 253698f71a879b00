"""Runner of one claimed job: cut out, store, settle."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone

from common import database, storage
from common.http.errors import ApiError, Conflict
from common.http.request_id import current_request_id, request_id
from common.workqueue import LeaseLost
from removal import (
    claims,
    conf,
    erasure,
    errors,
    keys,
    options,
    previews,
    queue,
    settlement,
    steps,
    telemetry,
    worker_registry,
)
from removal.engine import pipeline, registry
from removal.engine.errors import EngineError, NoSubjectFound
from removal.engine.types import Box, Cutout
from removal.models import Job
from removal.providers import selection
from removal.settlement import Result

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
ComputeSlot = AbstractContextManager[object]
NO_LIMIT: ComputeSlot = nullcontext()


def run(job_id: str, *, clock: Clock = timezone.now) -> bool:
    """Run a job if it waits; False when it does not, so that redelivery does no harm."""
    claimed = claims.claim(now=clock(), only=Q(public_id=job_id))
    for job in claimed:
        # The log names the request that submitted the job, also when the sweeper dispatched it.
        with request_id(job.request_id or current_request_id()):
            process(job, clock=clock)
    return bool(claimed)


def process(job: Job, *, clock: Clock = timezone.now, slot: ComputeSlot = NO_LIMIT) -> None:
    """Bring a claimed job to its end, or back into the queue when something unexpected happens.

    `slot` is entered around what takes the processor, so that fetching and storing of one image
    may overlap the computing of others. A database that restarts meanwhile is waited for.
    """
    try:
        result = cut_out(job, slot=slot)
    except LeaseLost:
        logger.info("%s was taken from this worker, which stops", job.public_id)
    except ApiError as refusal:
        # No model finds a subject, or a step before or after the cut-out failed.
        _fail(job, refusal, clock())
    except EngineError as error:
        _fail(job, errors.from_engine(error), clock())
    except Exception:
        logger.exception("attempt %s of %s failed", job.attempts, job.public_id)
        _retry(job, clock())
    else:
        if _complete(job, result, clock()):
            with slot:
                previews.store(job, result)


def cut_out(job: Job, *, slot: ComputeSlot = NO_LIMIT) -> Result:
    """Compute and store the result of a claimed job under this attempt's own key.

    Raises EngineError, and NoSubjectFound in its place where no model finds a subject. Raises
    LeaseLost as soon as it notices that the job was cancelled, erased or given to another worker.
    """
    _check_lease(job)
    original, backdrop = storage.read(job.original_key), _background(job)
    original = steps.before(job, original)
    with slot:
        started = time.perf_counter()
        _check_lease(job)
        predictor = selection.for_tier(
            job.tier, requested=job.options.get("model", ""), usual=job.usual_model
        )
        cutout = _removed(job, original, backdrop, predictor)
    cutout = steps.after(job, cutout, options.build(job.options, background_image=backdrop))
    worker_registry.report(model=predictor.name, engine=predictor.engine)
    owner = keys.owner_of(job.original_key)
    # Rows that an earlier release wrote have no token; no other process needs to find this result
    # by its name.
    token = job.result_token or keys.new_token()
    key = keys.result_key(owner, job.public_id, job.attempts, token, cutout.extension)
    storage.put(key, cutout.data, content_type=cutout.content_type)
    if not job.steps:
        # With a step before or after the removal, the mask fits neither original nor result.
        previews.store_mask(cutout.extras, key)
    elapsed = round((time.perf_counter() - started) * 1000)
    return _result(cutout, key, predictor, elapsed)


def _check_lease(job: Job) -> None:
    """Raise LeaseLost if another worker has the job; without the database, work goes on."""
    with suppress(OperationalError, InterfaceError):
        if not claims.is_held(job):
            raise LeaseLost(job.public_id)


def _removed(
    job: Job, original: bytes, backdrop: bytes | None, predictor: selection.Tracked
) -> Cutout:
    try:
        return pipeline.remove(
            original,
            options.build(job.options, background_image=backdrop),
            predictor=predictor,
            recipe=registry.TIERS[job.tier].recipe,
            limits=conf.limits(job.source),
            checkpoint=lambda: _check_lease(job),
            extras=True,
        )
    except NoSubjectFound as nothing:
        raise errors.no_subject(tier=job.tier, models=predictor.tried) from nothing


def _result(
    cutout: Cutout, key: str, predictor: selection.Tracked, processing_time_ms: int
) -> Result:
    return Result(
        key=key,
        size=len(cutout.data),
        width=cutout.width,
        height=cutout.height,
        format=cutout.extension,
        input_width=cutout.input_width,
        input_height=cutout.input_height,
        foreground=_sides(cutout.foreground_box),
        ai_provider=predictor.provider,
        model_name=predictor.name,
        model_version=predictor.version,
        engine=predictor.engine,
        processing_time_ms=processing_time_ms,
        extras=cutout.extras,
    )


def _sides(box: Box | None) -> list[int] | None:
    return [box.left, box.top, box.width, box.height] if box else None


def _background(job: Job) -> bytes | None:
    return storage.read(job.background_key) if job.background_key else None


def _complete(job: Job, result: Result, now: datetime) -> bool:
    """Settle the job; False when it was taken from this worker, whose files then go."""
    try:
        database.retrying(lambda: settlement.complete(job=job, result=result, now=now))
    except (LeaseLost, Conflict):
        if not _is_published(job, result):
            logger.warning("%s was taken from this worker; its result is dropped", job.public_id)
            erasure.drop(result.key)
            return False
    telemetry.completed(job, model=result.model_name, processing_time_ms=result.processing_time_ms)
    erasure.drop_results(job, range(1, job.attempts))
    return True


def _is_published(job: Job, result: Result) -> bool:
    """True if our own first attempt had committed, and only the answer to it was lost."""
    return Job.objects.filter(pk=job.pk, result_key=result.key).exists()


def _fail(job: Job, error: ApiError, now: datetime) -> None:
    with suppress(LeaseLost, Conflict):
        database.retrying(lambda: settlement.fail(job=job, error=error, now=now))
        telemetry.failed(job, code=error.code)
        erasure.drop_results(job, range(1, job.attempts + 1))
        if error.status < 500:
            # Refused originals are not kept; those of our own failures may be tried again.
            erasure.drop_original(job)


def _retry(job: Job, now: datetime) -> None:
    if not settlement.may_retry(job):
        _fail(job, errors.JobFailed(), now)
        return
    pause = queue.of(job).backoff(job.attempts)
    with suppress(LeaseLost):
        database.retrying(lambda: settlement.put_back(job=job, now=now, pause=pause))
