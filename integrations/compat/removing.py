"""One removal for a drop-in surface: joined if it is repeated, awaited, and its errors raised."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from common import database, maintenance
from common.http.idempotency.store import IdempotencyKeyReused
from common.users import UserRef
from integrations.compat import repeats
from integrations.compat.repeats import Attempt
from removal import dispatch, errors, intake, lifecycle, queries, services
from removal.engine.probe import Probe
from removal.intake import RemovalRequest
from removal.services import Job

# What a surface does with the size of a new picture, for example count it.
Measure = Callable[[Probe], None]


@dataclass(frozen=True)
class Removed:
    """A completed job, and the request that it answers."""

    job: Job
    attempt: Attempt

    def answered(self) -> None:
        """The result has been sent to whoever asked for it."""
        repeats.answered(self.attempt)


def remove(
    *, user: UserRef, caller: str, order: RemovalRequest, measure: Measure, now: datetime
) -> Removed:
    """Submit an order, or join the request that it repeats, and await the result.

    `measure` is called once for a picture that is new, before anything is held for it. Raises
    StillProcessing (503) when it takes too long, what `removal.services.submit` raises, and the
    job's own error when it ended without a result.
    """
    intake.check_options(order)
    attempt = repeats.begin(user=user, caller=caller, order=order, now=now)
    job = queries.by_idempotency_key(user_id=user.pk, key=attempt.key)
    if job is None:
        job = _submitted(user, replace(order, idempotency_key=attempt.key), measure, now)
    job = services.wait(job=job, timeout_s=settings.SINGLE_TIMEOUT_S)
    # A wakeup reaches one waiter, and others may have joined.
    dispatch.finished(job.public_id)
    if job.status != lifecycle.JobStatus.COMPLETED:
        raise errors.of_job(job)
    return Removed(job, attempt)


def _submitted(user: UserRef, order: RemovalRequest, measure: Measure, now: datetime) -> Job:
    maintenance.refuse_new_work()
    database.release()
    found = intake.check(order.image, field="image", source=order.source)
    measure(found.probe)
    order = replace(order, image=found.upload)
    try:
        return services.submit(user=user, request=order, now=now)
    except IdempotencyKeyReused:
        # Of two at the same moment, one fetched an address that answers each time differently.
        assert order.idempotency_key is not None  # noqa: S101 - set by the caller above
        job = queries.by_idempotency_key(user_id=user.pk, key=order.idempotency_key)
        if job is None:
            raise
        return job
