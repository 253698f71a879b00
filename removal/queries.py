"""Reading jobs, always within what one customer owns."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from common.errors import NotFound
from removal.models import Job

SORTABLE = {"createdAt": "created_at", "creditsUsed": "credits_used"}


@dataclass(frozen=True)
class JobFilter:
    """What a listing is narrowed down to; `start` is inclusive, `end` exclusive."""

    status: str | None = None
    tier: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    sort_by: str = "createdAt"
    descending: bool = True


def owned_job(*, user_id: int, job_id: str) -> Job:
    """Raises NotFound for a job that does not exist or belongs to somebody else."""
    job = Job.objects.filter(user_id=user_id, public_id=job_id).first()
    if job is None:
        raise NotFound("There is no such job", details={"jobId": job_id[:64]})
    return job


def owned_jobs(*, user_id: int, wanted: JobFilter) -> QuerySet[Job]:
    jobs = Job.objects.filter(user_id=user_id)
    conditions = {
        "status": wanted.status,
        "tier": wanted.tier,
        "created_at__gte": wanted.start,
        "created_at__lt": wanted.end,
    }
    jobs = jobs.filter(**{name: value for name, value in conditions.items() if value is not None})
    sign = "-" if wanted.descending else ""
    order = [SORTABLE[wanted.sort_by], "created_at", "id"]
    return jobs.order_by(*(sign + column for column in dict.fromkeys(order)))


def by_idempotency_key(*, user_id: int, key: str) -> Job | None:
    return Job.objects.filter(user_id=user_id, idempotency_key=key).first()
