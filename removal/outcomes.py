"""Summary of an ended single removal, for the apps above."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from common.http.errors import timestamp
from common.http.media import signed_url
from removal import lifecycle
from removal.lifecycle import JobStatus
from removal.models import Job


@dataclass(frozen=True)
class Outcome:
    """`data` is JSON for a machine of the owner's, with absolute addresses."""

    job_id: str
    user_id: int | None
    status: JobStatus
    webhook_url: str
    request_id: str
    data: dict[str, Any]


def outcome(*, job_id: int, now: datetime) -> Outcome | None:
    """The outcome of a job by primary key; None if it is gone, erased or still running."""
    job = Job.objects.filter(pk=job_id, erased_at__isnull=True).first()
    if job is None or not lifecycle.is_terminal(job.status):
        return None
    return Outcome(
        job_id=job.public_id,
        user_id=job.user_id,
        status=JobStatus(job.status),
        webhook_url=job.webhook_url,
        request_id=job.request_id,
        data=_data(job, now),
    )


def _data(job: Job, now: datetime) -> dict[str, Any]:
    return {
        "jobId": job.public_id,
        "status": job.status,
        "tier": job.tier,
        "processedUrl": lasting_address(job, now),
        "creditsUsed": job.credits_used,
        "pricingType": job.pricing_type,
        "processingTimeMs": job.processing_time_ms,
        "metadata": _metadata(job),
        "timing": {
            "createdAt": timestamp(job.created_at),
            "startedAt": timestamp(job.started_at) if job.started_at else None,
            "completedAt": timestamp(job.completed_at) if job.completed_at else None,
        },
        "error": _error(job),
    }


def lasting_address(job: Job, now: datetime) -> str | None:
    """The result's absolute address, open to anyone who has it for as long as it is kept: news of
    a job may be read days later. None without a result.
    """
    if not job.published_key:
        return None
    kept_until = (job.completed_at or now) + timedelta(hours=settings.RETENTION_RESULTS_H)
    lifetime_s = max(1, int((kept_until - now).total_seconds()))
    return f"{settings.BASE_URL}{signed_url(job.published_key, now=now, lifetime_s=lifetime_s)}"


def _metadata(job: Job) -> dict[str, Any] | None:
    """Metadata as in the answer to the removal itself; None without a result."""
    if job.status != JobStatus.COMPLETED:
        return None
    return {
        "originalSize": job.original_size,
        "processedSize": job.result_size,
        "width": job.result_width,
        "height": job.result_height,
        "format": job.result_format,
    }


def _error(job: Job) -> dict[str, str] | None:
    if not job.error_code:
        return None
    return {"code": job.error_code, "message": job.error_message}
