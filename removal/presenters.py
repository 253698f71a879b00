"""Jobs as the API shows them."""

from datetime import datetime
from typing import Any

from common.http.errors import timestamp
from common.http.media import signed_url
from removal.models import Job


def removal(job: Job, *, now: datetime) -> dict[str, Any]:
    """The answer to a single removal."""
    return {
        "jobId": job.public_id,
        "originalUrl": _url(job.original_key, now),
        "processedUrl": _url(job.published_key, now),
        "creditsUsed": job.credits_used,
        "pricingType": job.pricing_type,
        "processingTimeMs": job.processing_time_ms,
        "tier": job.tier,
        "metadata": {
            "originalSize": job.original_size,
            "processedSize": job.result_size,
            "width": job.result_width,
            "height": job.result_height,
            "format": job.result_format,
        },
    }


def summary(job: Job) -> dict[str, Any]:
    """One line of a listing."""
    return {
        "id": job.public_id,
        "tier": job.tier,
        "status": job.status,
        "creditsUsed": job.credits_used,
        "createdAt": timestamp(job.created_at),
    }


def detail(job: Job, *, now: datetime) -> dict[str, Any]:
    """Everything that the owner may know of a job; what does not exist yet is null."""
    return {
        **summary(job),
        "originalUrl": _url(job.original_key, now),
        "processedUrl": _url(job.published_key, now),
        "pricingType": job.pricing_type,
        "processingTimeMs": job.processing_time_ms,
        "aiProvider": job.ai_provider or None,
        "modelName": job.model_name or None,
        "metadata": {
            "fileSizeBytes": job.original_size,
            "width": job.width,
            "height": job.height,
            "format": job.format,
        },
        "error": _error(job),
        "completedAt": _moment(job.completed_at),
        "expiredAt": _moment(job.expired_at),
        "erasedAt": _moment(job.erased_at),
    }


def item(job: Job, *, zip_name: str | None, now: datetime) -> dict[str, Any]:
    """One image of a batch; `zip_name` is what it is called in the archive."""
    return {
        **detail(job, now=now),
        "filename": job.filename or None,
        "price": job.price,
        "zipName": zip_name,
    }


def _url(key: str, now: datetime) -> str | None:
    return signed_url(key, now=now) if key else None


def _moment(value: datetime | None) -> str | None:
    return timestamp(value) if value else None


def _error(job: Job) -> dict[str, str] | None:
    if not job.error_code:
        return None
    return {"code": job.error_code, "message": job.error_message}
