"""Bad results: a customer says that an image is badly cut out, and gets it anew a tier up, free.

An image that was paid for is tried again once, as a single job that is linked with it and costs 0
credits, so no entry of the ledger changes. The highest tier has nothing above it: there the report
is written down and counted, and the customer mends the mask. Reports are counted for operators.
"""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import connection

from billing.pricing import Tier
from billing.services import PricingType
from common.http.errors import Conflict, RateLimited
from common.users import UserRef
from removal import options, queries, services
from removal.intake import RemovalRequest
from removal.lifecycle import JobStatus
from removal.models import Job

WINDOW = timedelta(days=1)
# Names the advisory locks that keep two free retries of one account apart.
_LOCK = 0x626164


def report(*, user: UserRef, job_id: str, request_id: str, now: datetime) -> tuple[Job, Job | None]:
    """Write down that a result is bad, and queue its free retry; both jobs, the second None where
    no tier is above.

    Once per image: again returns the same retry, unless that failed for a reason of ours. Raises
    NotFound (404), Conflict (409) for an image that has no result, was not paid for, is itself such
    a retry or whose original is gone, RateLimited (429) after FREE_RETRIES_PER_DAY, and what
    `services.submit` raises.
    """
    job = queries.owned_job(user_id=user.pk, job_id=job_id)
    if again := _retry_of(job):
        return job, again
    _check(job)
    tier = _tier_above(job.tier)
    retry = None
    if tier is not None:
        _check_limit(user, now)
        request = _request(job, tier, request_id)
        retry = services.submit(
            user=user, request=request, now=now, within=lambda made: _check_alone(user, made, now)
        )
    Job.objects.filter(pk=job.pk).update(
        reported_at=job.reported_at or now, retried_as=retry.public_id if retry else ""
    )
    job.refresh_from_db()
    return job, retry


def _retry_of(job: Job) -> Job | None:
    """The retry that there was, unless it failed for a reason of ours or was cancelled."""
    retry = Job.objects.filter(public_id=job.retried_as).first() if job.retried_as else None
    if retry is None or retry.status == JobStatus.CANCELLED:
        return None
    return None if retry.error_code == "INTERNAL_ERROR" else retry


def _check(job: Job) -> None:
    where = {"jobId": job.public_id}
    if not job.published_key:
        raise Conflict("Only an image that has its result can be called bad", details=where)
    if job.retry_of:
        raise Conflict("This already is a free retry; each image has one", details=where)
    if not job.credits_used and job.pricing_type != PricingType.SUBSCRIPTION:
        raise Conflict("Only an image that was paid for is tried again", details=where)
    if not job.original_key and _tier_above(job.tier) is not None:
        raise Conflict("Its original is no longer kept; send it again", details=where)


def _check_alone(user: UserRef, made: Job, now: datetime) -> None:
    """Check the limit again in the transaction that queues a retry, under a lock of the account.

    Reports of different images that come at once would otherwise each see room for one more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, user.pk % 2**31])
    _check_limit(user, now, besides=made)


def _check_limit(user: UserRef, now: datetime, besides: Job | None = None) -> None:
    allowed = settings.FREE_RETRIES_PER_DAY
    recent = Job.objects.filter(user_id=user.pk, created_at__gt=now - WINDOW).exclude(retry_of="")
    if besides:
        recent = recent.exclude(pk=besides.pk)
    times = list(recent.order_by("-created_at").values_list("created_at", flat=True)[:allowed])
    if len(times) < allowed:
        return
    wait = ceil((times[-1] + WINDOW - now).total_seconds()) if times else 86_400
    raise RateLimited(
        "This account has had its free retries of today",
        details={"retriesPerDay": allowed},
        headers={"Retry-After": str(max(wait, 1))},
    )


def _tier_above(tier: str) -> Tier | None:
    tiers = [*Tier]
    above = tiers[tiers.index(Tier(tier)) + 1 :]
    return above[0] if above else None


def _request(job: Job, tier: Tier, request_id: str) -> RemovalRequest:
    # The model was one of the other tier's.
    fields = options.pick({**job.options, "model": None})
    return RemovalRequest(
        image=services.kept(job.original_key, job.filename),
        tier=tier,
        fields=fields,
        background=services.kept(job.background_key, "background") if job.background_key else None,
        source=job.source,
        request_id=request_id,
        idempotency_key=f"bad-result:{job.public_id}",
        free=True,
        retry_of=job.public_id,
    )
