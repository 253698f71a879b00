"""What a worker does with one job: claim, cut out, store, settle."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from common import storage
from common.errors import ApiError, Conflict
from common.requestid import current_request_id, request_id
from removal import claims, conf, erasure, errors, keys, observed, options, settlement, workers
from removal.engine import pipeline, registry
from removal.engine.errors import EngineError
from removal.engine.types import Cutout
from removal.models import Job
from removal.providers import selection
from removal.settlement import LeaseLost, Result

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def run(job_id: str, *, clock: Clock = timezone.now) -> bool:
    """Run a job if it waits; False when it does not, so that redelivery does no harm."""
    claimed = claims.claim(Job.objects.filter(public_id=job_id), limit=1, now=clock())
    for job in claimed:
        # A swept job still logs under the request that brought it.
        with request_id(job.request_id or current_request_id()):
            process(job, clock=clock)
    return bool(claimed)


def process(job: Job, *, clock: Clock = timezone.now) -> None:
    """Bring a claimed job to its end, or back into the queue when something unexpected happens."""
    try:
        result = cut_out(job)
    except EngineError as error:
        _fail(job, errors.from_engine(error), clock())
    except Exception:
        logger.exception("attempt %s of %s failed", job.attempts, job.public_id)
        _retry(job, clock())
    else:
        _complete(job, result, clock())


def cut_out(job: Job) -> Result:
    """Compute and store the result of a claimed job under this attempt's own key."""
    started = time.perf_counter()
    predictor = selection.for_tier(job.tier)
    cutout = pipeline.remove(
        storage.read(job.original_key),
        options.build(job.options, background_image=_background(job)),
        predictor=predictor,
        recipe=registry.TIERS[job.tier].recipe,
        limits=conf.limits(),
    )
    workers.report(model=predictor.name, engine=predictor.engine)
    owner = keys.owner_of(job.original_key)
    key = keys.result_key(owner, job.public_id, job.attempts, cutout.extension)
    storage.put(key, cutout.data, content_type=cutout.content_type)
    elapsed = round((time.perf_counter() - started) * 1000)
    return _result(cutout, key, predictor, elapsed)


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
        ai_provider=predictor.provider,
        model_name=predictor.name,
        processing_time_ms=processing_time_ms,
    )


def _background(job: Job) -> bytes | None:
    return storage.read(job.background_key) if job.background_key else None


def _complete(job: Job, result: Result, now: datetime) -> None:
    try:
        settlement.complete(job=job, result=result, now=now)
    except (LeaseLost, Conflict):
        logger.warning("%s was taken from this worker; its result is dropped", job.public_id)
        storage.delete(result.key)
    else:
        observed.completed(
            job, model=result.model_name, processing_time_ms=result.processing_time_ms
        )
        erasure.drop_results(job, range(1, job.attempts))


def _fail(job: Job, error: ApiError, now: datetime) -> None:
    with suppress(LeaseLost, Conflict):
        settlement.fail(job=job, error=error, now=now)
        observed.failed(job, code=error.code)
        erasure.drop_results(job, range(1, job.attempts + 1))
        if error.status < 500:
            # What we refuse we do not keep; after a failure of ours it may be tried again.
            erasure.drop_original(job)


def _retry(job: Job, now: datetime) -> None:
    if job.attempts >= settings.MAX_ATTEMPTS:
        _fail(job, errors.JobFailed(), now)
        return
    with suppress(LeaseLost):
        settlement.put_back(job=job, now=now)
