"""The end of a job: state and money change in one transaction, the money's lock first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing import services as billing
from billing.services import PricingType
from common.http.errors import ApiError, ErrorCode
from common.workqueue import LeaseLost, at_once
from removal import dispatch, lifecycle, queue
from removal.engine.types import Extras
from removal.errors import PARTNERS_REASONS
from removal.lifecycle import JobStatus
from removal.models import Job
from removal.signals import job_ended

_NO_LEASE: Mapping[str, Any] = {"lease_token": None, "lease_expires_at": None}


@dataclass(frozen=True)
class Result:
    """A stored cut-out; sizes in pixels and bytes, time in milliseconds.

    `foreground` is [left, top, width, height] of the subject in it. With `extras` its mask is
    stored beside it, and the previews are still to be made.
    """

    key: str
    size: int
    width: int
    height: int
    format: str
    input_width: int
    input_height: int
    ai_provider: str
    model_name: str
    model_version: str
    engine: str
    processing_time_ms: int
    foreground: list[int] | None = None
    extras: Extras | None = field(default=None, repr=False, compare=False)


@transaction.atomic
def complete(*, job: Job, result: Result, now: datetime) -> None:
    """Charge for the job and publish its result. Raises LeaseLost and then changes nothing."""
    if job.hold_id is not None:
        billing.capture_single(
            hold_id=job.hold_id, reference=job.public_id, credits=job.price, now=now
        )
    _end(
        job,
        JobStatus.COMPLETED,
        now,
        # The images of a batch are paid for together, when it ends, and can be read from then on.
        credits_used=job.price if job.batch_id is None else 0,
        settled_at=now if job.batch_id is None else None,
        result_key=result.key,
        result_size=result.size,
        result_width=result.width,
        result_height=result.height,
        result_format=result.format,
        foreground=result.foreground,
        has_mask=result.extras is not None and not job.steps,
        width=result.input_width,
        height=result.input_height,
        ai_provider=result.ai_provider,
        model_name=result.model_name,
        model_version=result.model_version,
        engine=result.engine,
        processing_time_ms=result.processing_time_ms,
    )


@transaction.atomic
def fail(*, job: Job, error: ApiError, now: datetime) -> None:
    """End the job without a result and give the credits back. Raises LeaseLost."""
    _release(job, now)
    # A failure of ours bought nothing, so the caller may use the same key to try again.
    key = {"idempotency_key": None} if error.status >= 500 else {}
    _end(job, JobStatus.FAILED, now, **failure(error), **key)


def failure(error: ApiError) -> dict[str, Any]:
    """The columns of a failed job that say why."""
    ours = error.status >= 500 and error.code not in PARTNERS_REASONS
    return {
        "error_code": str(ErrorCode.INTERNAL_ERROR if ours else error.code),
        "error_message": error.message[:300],
        "error_details": error.details,
    }


@transaction.atomic
def cancel(*, job: Job, now: datetime) -> None:
    """Give up a job as it was read, with its credits given back. Raises LeaseLost."""
    _release(job, now)
    _end(job, JobStatus.CANCELLED, now, idempotency_key=None)


@transaction.atomic
def put_back(*, job: Job, now: datetime, pause: timedelta = timedelta(0)) -> None:
    """Queue the job again after an unexpected failure; an image of a batch waits for `pause`.

    Raises LeaseLost.
    """
    available_at = now + pause if pause else at_once(now)
    _move(job, JobStatus.QUEUED, available_at=available_at, dispatched_at=now)


def may_retry(job: Job) -> bool:
    return not queue.of(job).is_exhausted(job)


def _release(job: Job, now: datetime) -> None:
    if job.hold_id is not None:
        billing.release_single(hold_id=job.hold_id, now=now)
    elif job.pricing_type == PricingType.SUBSCRIPTION:
        billing.release_quota(key=f"job:{job.public_id}", now=now)


def _end(job: Job, target: JobStatus, now: datetime, **fields: Any) -> None:
    _move(job, target, completed_at=now, **fields)
    if job.batch_id is None:
        job_ended.send(
            sender=Job,
            job_id=job.pk,
            public_id=job.public_id,
            user_id=job.user_id,
            source=job.source,
            webhook_url=job.webhook_url,
            now=now,
        )


def _move(job: Job, target: JobStatus, **fields: Any) -> None:
    """Change the row only if it still is in the state, and under the lease, that `job` shows."""
    lifecycle.check(job.status, target)
    row = Job.objects.filter(pk=job.pk, status=job.status, lease_token=job.lease_token)
    if not row.update(status=target, **_NO_LEASE, **fields):
        raise LeaseLost(job.public_id)
    if job.batch_id is not None:
        # No request waits for one image of a batch, and its workers find it without a message.
        return
    if target is JobStatus.QUEUED:
        queue.SINGLES.dispatch([job])
    else:
        transaction.on_commit(lambda: dispatch.finished(job.public_id), robust=True)
