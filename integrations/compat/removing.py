"""One removal for a drop-in surface: joined if it is repeated, awaited, and its errors raised."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from common import database, maintenance
from common.http.idempotency.store import IdempotencyKeyReused
from common.users import UserRef
from integrations.compat import repeats
from integrations.compat.repeats import DEFAULT, Attempt, Policy
from removal import copies, dispatch, errors, intake, lifecycle, queries, services
from removal.engine.probe import Probe
from removal.intake import RemovalRequest
from removal.services import Job

# What a surface does with the header of a new picture, for example count its pixels.
Measure = Callable[[Probe], None]


@dataclass(frozen=True)
class Removed:
    """A completed job, and the request that it answers."""

    job: Job
    attempt: Attempt

    def answered(self) -> None:
        """Record that the result was sent to the client."""
        repeats.answered(self.attempt)


def remove(
    *,
    user: UserRef,
    caller: str,
    removal: RemovalRequest,
    measure: Measure,
    policy: Policy = DEFAULT,
    now: datetime,
) -> Removed:
    """Submit a removal, or join the request that it repeats, and await the result.

    `measure` is called once for a picture that is new, before anything is held for it. Where the
    policy has a cache, a request that was answered before gets a copy of its result. Raises
    StillProcessing (503) when it takes too long, what `removal.services.submit` raises, and the
    job's own error when it ended without a result.
    """
    intake.check_options(removal)
    attempt = _begun(user, caller, removal, policy, now)
    if attempt.results:
        if copy := _copied(user, removal, attempt, now):
            return Removed(copy, attempt)
        repeats.forget(attempt)
        attempt = _begun(user, caller, removal, policy, now)
    job = submitted(user=user, removal=removal, attempt=attempt, measure=measure, now=now)
    job = services.wait(job=job, timeout_s=settings.SINGLE_TIMEOUT_S)
    # A wakeup reaches one waiter, and others may have joined.
    dispatch.finished(job.public_id)
    if job.status != lifecycle.JobStatus.COMPLETED:
        raise errors.of_job(job)
    repeats.finished(attempt, job.public_id, now=now)
    return Removed(job, attempt)


def submitted(
    *, user: UserRef, removal: RemovalRequest, attempt: Attempt, measure: Measure, now: datetime
) -> Job:
    """The job of an attempt, which another request may have submitted before. Raises as `remove`,
    but for the end of the job.
    """
    job = queries.by_idempotency_key(user_id=user.pk, key=attempt.key)
    return job or _submitted(user, replace(removal, idempotency_key=attempt.key), measure, now)


def _begun(
    user: UserRef, caller: str, removal: RemovalRequest, policy: Policy, now: datetime
) -> Attempt:
    return repeats.begin(
        user=user,
        source=removal.source,
        caller=caller,
        fingerprint=removal.fingerprint(),
        policy=policy,
        now=now,
    )


def _copied(user: UserRef, removal: RemovalRequest, attempt: Attempt, now: datetime) -> Job | None:
    """A copy of the newest result that is still there."""
    assert isinstance(removal.image, intake.Upload)  # noqa: S101 - caches are of files
    for job in queries.owned_among(user_id=user.pk, job_ids=attempt.results):
        try:
            copy = copies.of(
                job, filename=removal.image.name, request_id=removal.request_id, now=now
            )
        except FileNotFoundError:
            continue
        repeats.finished(attempt, copy.public_id, now=now)
        return copy
    return None


def _submitted(user: UserRef, removal: RemovalRequest, measure: Measure, now: datetime) -> Job:
    maintenance.refuse_new_work()
    database.release()
    found = intake.check(removal.image, field="image", source=removal.source)
    measure(found.probe)
    removal = replace(removal, image=found.upload)
    try:
        return services.submit(user=user, request=removal, now=now)
    except IdempotencyKeyReused:
        # Two equal requests ran at once and their address gave different bytes; the job that was
        # submitted first is the answer to both.
        assert removal.idempotency_key is not None  # noqa: S101 - set by the caller above
        job = queries.by_idempotency_key(user_id=user.pk, key=removal.idempotency_key)
        if job is None:
            raise
        return job
