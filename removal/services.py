"""Services of single jobs: submit, await, cancel, retry, erase."""

import io
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction

from billing import services as billing
from common import database, maintenance, storage
from common.http.errors import ApiError, Conflict
from common.http.idempotency.store import same_request
from common.ids import new_id
from common.storage.deposits import Deposit, stored
from common.users import UserRef
from common.workqueue import LeaseLost, at_once, wakeup
from removal import (
    dispatch,
    erasure,
    errors,
    free_failures,
    intake,
    keys,
    lifecycle,
    queries,
    settlement,
)
from removal.intake import Checked, RemovalRequest, Upload
from removal.lifecycle import JobStatus
from removal.models import Job as Job  # noqa: PLC0414 - the apps above get it from here
from removal.queue import SINGLES
from removal.signals import image_withdrawn

# A wakeup may be lost with Valkey; the waiter then reads the row after this long.
LOOK_EVERY_S = 3.0


WithinQueueing = Callable[[Job], object]


def _nothing(_: Job) -> None:
    """The step of callers that keep no rows of their own about a job."""


def remove(
    *,
    user: UserRef,
    request: RemovalRequest,
    wait_s: float,
    now: datetime,
    within: WithinQueueing = _nothing,
) -> Job:
    """Submit one image and await its end for up to `wait_s`; after that, the job goes on.

    The job is completed, or has not ended. Raises what `submit` raises, and the job's own error
    when it ended without a result.
    """
    job = submit(user=user, request=request, now=now, within=within)
    with suppress(errors.StillProcessing):
        job = wait(job=job, timeout_s=wait_s)
    if lifecycle.is_terminal(job.status) and job.status != JobStatus.COMPLETED:
        raise errors.of_job(job)
    return job


def submit(
    *, user: UserRef, request: RemovalRequest, now: datetime, within: WithinQueueing = _nothing
) -> Job:
    """Check and store an image, hold its price and queue it; returns the queued job.

    The same idempotency key returns the first job instead. `within` is called with a new job in
    the transaction that queues it, for rows that refer to it. Raises InvalidFileType, FileTooLarge
    or InvalidInput (400), IdempotencyKeyReused (409), RateLimited (429: too many pictures failed
    free of charge), UnderMaintenance (503), what `common.outbound.fetch` and what billing raise
    (402, 403, 429); then nothing is held and no file stays.
    """
    intake.check_options(request)
    fingerprint = request.fingerprint() if request.idempotency_key else ""
    if earlier := _earlier(user, request.idempotency_key, fingerprint):
        return earlier
    maintenance.refuse_new_work()
    # Where nothing is charged, callers share an account and are limited by their address.
    if not request.free:
        free_failures.check(user_id=user.pk, now=now)
    # Fetching an address may take long.
    database.release()
    source = request.source
    original = intake.check(request.image, field="image", source=source)
    intake.check_result(original.probe, request.fields, field="image", source=source)
    backdrop = None
    if request.background:
        backdrop = intake.check(request.background, field="bg_image", source=source)
    job = _job(user, request, original, fingerprint, now)
    deposits = _deposits(user, job, original, backdrop)
    try:
        with stored(deposits), transaction.atomic():
            if not request.free:
                _reserve(user, job, request.api_key, now)
            job.save(force_insert=True)
            within(job)
            SINGLES.dispatch([job])
    except (IntegrityError, ApiError):
        # A concurrent request with the same key was faster, and may have taken the last credits.
        if earlier := _earlier(user, request.idempotency_key, fingerprint):
            return earlier
        raise
    return job


def wait(*, job: Job, timeout_s: float) -> Job:
    """Sleep until the job has ended, and read it again. Raises StillProcessing (503)."""
    deadline = time.monotonic() + timeout_s
    while not lifecycle.is_terminal(job.status):
        left = deadline - time.monotonic()
        if left <= 0:
            raise errors.StillProcessing(job)
        wakeup.wait(dispatch.waiter(job.public_id), timeout_s=min(left, LOOK_EVERY_S))
        job.refresh_from_db()
    return job


def cancel(*, user_id: int, job_id: str, now: datetime) -> Job:
    """Cancel a job that no worker has taken yet. Raises NotFound (404) and Conflict (409)."""
    return cancel_queued(job=queries.owned_job(user_id=user_id, job_id=job_id), now=now)


def cancel_queued(*, job: Job, now: datetime) -> Job:
    """Cancel without asking who owns it; a job that is cancelled already stays so.

    Raises Conflict (409) for every other state.
    """
    if job.status == JobStatus.QUEUED:
        with suppress(LeaseLost, Conflict):
            settlement.cancel(job=job, now=now)
            _tell_batch(job, erased=False, now=now)
        job.refresh_from_db()
    if job.status != JobStatus.CANCELLED:
        raise Conflict(
            f"The job is {job.status}; only a queued job can be cancelled",
            details={"jobId": job.public_id, "status": job.status},
        )
    return job


def retry(*, job: Job, request_id: str, now: datetime) -> Job:
    """Queue a failed or cancelled single once more, as a new job of its owner at the usual price.

    A job is retried once: again returns the same new job. Raises Conflict (409) for one that is
    in another state or a batch's, or whose original or owner is gone, and what `submit` raises.
    """
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED) or job.batch_id is not None:
        raise Conflict("Only a failed or cancelled single can be tried again")
    if job.user is None or not job.original_key:
        raise Conflict("Its original is no longer kept")
    request = RemovalRequest(
        image=kept(job.original_key, job.filename),
        tier=job.tier,
        fields=job.options,
        background=kept(job.background_key, "background") if job.background_key else None,
        source=job.source,
        webhook_url=job.webhook_url,
        steps=job.steps,
        request_id=request_id,
        idempotency_key=f"retry:{job.public_id}",
    )
    return submit(user=job.user, request=request, now=now)


def erase(*, user_id: int, job_id: str, now: datetime) -> Job:
    """Delete a job's files and redact its row; a job that has not ended is cancelled first.

    Erasing twice is harmless. Raises NotFound (404).
    """
    job = queries.owned_job(user_id=user_id, job_id=job_id)
    while not lifecycle.is_terminal(job.status):
        # A worker may claim, return or finish the job meanwhile, so the row is read again.
        with suppress(LeaseLost, Conflict):
            settlement.cancel(job=job, now=now)
        job.refresh_from_db()
    job = erasure.erase_ended(job=job, now=now)
    _tell_batch(job, erased=True, now=now)
    return job


def kept(key: str, name: str) -> Upload:
    """A file of a job, to be submitted again. Raises Conflict (409) once it is gone."""
    try:
        return Upload(io.BytesIO(storage.read(key)), name or "image")
    except FileNotFoundError:
        # It expires at this moment, or somebody cleaned up by hand.
        raise Conflict("Its original is no longer kept") from None


def _tell_batch(job: Job, *, erased: bool, now: datetime) -> None:
    if job.batch_id is not None:
        image_withdrawn.send(sender=Job, batch_id=job.batch_id, erased=erased, now=now)


def _earlier(user: UserRef, key: str | None, fingerprint: str) -> Job | None:
    job = queries.by_idempotency_key(user_id=user.pk, key=key) if key else None
    return same_request(job, key=key, fingerprint=fingerprint, label="jobId")


def _job(
    user: UserRef, request: RemovalRequest, original: Checked, fingerprint: str, now: datetime
) -> Job:
    return Job(
        public_id=new_id("job"),
        user_id=user.pk,
        source=request.source,
        pricing_type=billing.PricingType.CREDITS,
        tier=request.tier,
        options=request.fields,
        steps=request.steps,
        request_id=request.request_id,
        webhook_url=request.webhook_url,
        retry_of=request.retry_of,
        idempotency_key=request.idempotency_key,
        fingerprint=fingerprint,
        filename=keys.safe_filename(original.upload.name),
        original_size=original.probe.bytes,
        width=original.probe.width,
        height=original.probe.height,
        format=original.probe.extension,
        created_at=now,
        available_at=at_once(now),
        dispatched_at=now,
    )


def _deposits(
    user: UserRef, job: Job, original: Checked, backdrop: Checked | None
) -> list[Deposit]:
    """Name the job's files; returns them with their keys."""
    job.original_key = keys.original_key(user.public_id, job.public_id, original.probe.extension)
    deposits = [original.deposit(job.original_key)]
    if backdrop is not None:
        extension = backdrop.probe.extension
        job.background_key = keys.background_key(user.public_id, job.public_id, extension)
        deposits.append(backdrop.deposit(job.background_key))
    return deposits


def _reserve(user: UserRef, job: Job, api_key: str, now: datetime) -> None:
    reservation = billing.reserve_single(
        user_id=user.pk,
        tier=job.tier,
        reference=job.public_id,
        key=f"job:{job.public_id}",
        api_key=api_key,
        now=now,
    )
    job.pricing_type = reservation.pricing_type
    job.price = reservation.credits
    job.hold_id = reservation.hold_id
