"""Presenters of jobs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from common.http.errors import timestamp
from common.http.media import signed_url
from removal.keys import PREVIEWS, preview_keys
from removal.models import Job, Version

# The public identifiers of batches by primary key (`removal.batch_names`).
BatchIds = Mapping[int, str]


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


def accepted(job: Job, *, batch_ids: BatchIds, now: datetime) -> dict[str, Any]:
    """The answer to a removal that is not awaited: the job as it is, and where to ask for it."""
    return {
        "jobId": job.public_id,
        "statusUrl": status_url(job),
        **detail(job, batch_ids=batch_ids, now=now),
    }


def reported(job: Job, retry: Job | None, *, batch_ids: BatchIds, now: datetime) -> dict[str, Any]:
    """The answer to a report of a bad result, with the free retry as it is."""
    return {
        "jobId": job.public_id,
        "reportedAt": _moment(job.reported_at),
        "retry": detail(retry, batch_ids=batch_ids, now=now) if retry else None,
    }


def status_url(job: Job) -> str:
    return reverse("v1:job", kwargs={"job_id": job.public_id})


def result_headers(job: Job) -> dict[str, str]:
    """The fields of the JSON answer as headers, for an answer that is the image itself."""
    return {
        "X-Job-Id": job.public_id,
        "X-Credits-Used": str(job.credits_used),
        "X-Pricing-Type": job.pricing_type,
        "X-Tier": job.tier,
        "X-Model": job.model_name,
        "X-Processing-Time-Ms": str(job.processing_time_ms),
        "X-Width": str(job.result_width),
        "X-Height": str(job.result_height),
    }


def summary(job: Job, *, batch_ids: BatchIds, now: datetime) -> dict[str, Any]:
    """One line of a listing."""
    return {
        "id": job.public_id,
        "batchId": batch_ids.get(job.batch_id) if job.batch_id else None,
        "filename": job.filename or None,
        "tier": job.tier,
        "status": job.status,
        "creditsUsed": job.credits_used,
        "createdAt": timestamp(job.created_at),
        "expiredAt": _moment(job.expired_at),
        "erasedAt": _moment(job.erased_at),
        "error": _error(job),
        "reportedAt": _moment(job.reported_at),
        "retryJobId": job.retried_as or None,
        "retryOf": job.retry_of or None,
        "version": job.version,
        "editable": job.is_editable,
        "previews": _previews(job, now),
    }


def detail(job: Job, *, batch_ids: BatchIds, now: datetime) -> dict[str, Any]:
    """Everything that the owner may know of a job; what does not exist yet is null."""
    return {
        **summary(job, batch_ids=batch_ids, now=now),
        "originalUrl": _url(job.original_key, now),
        "processedUrl": _url(job.published_key, now),
        "pricingType": job.pricing_type,
        "processingTimeMs": job.processing_time_ms,
        "aiProvider": job.ai_provider or None,
        "modelName": job.model_name or None,
        "modelVersion": job.model_version or None,
        "engine": job.engine or None,
        "device": _device(job),
        "metadata": {
            "fileSizeBytes": job.original_size,
            "width": job.width,
            "height": job.height,
            "format": job.format,
        },
        "completedAt": _moment(job.completed_at),
    }


def version(row: Version, job: Job, *, now: datetime) -> dict[str, Any]:
    """One rendering of a job's picture; its result can be read as the job's can."""
    key = row.result_key if job.published_key else ""
    small, large = preview_keys(key, "result") if key else ("", "")
    shown = row.has_previews or (row.number == job.version and job.has_previews)
    preview = {"small": _url(small, now), "large": _url(large, now)} if key and shown else None
    return {
        "version": row.number,
        "status": row.status,
        "current": row.number == job.version,
        "processedUrl": _url(key, now),
        "preview": preview,
        "options": row.options,
        "metadata": {
            "processedSize": row.result_size,
            "width": row.result_width,
            "height": row.result_height,
            "format": row.result_format,
        }
        if key
        else None,
        "error": {"code": row.error_code, "message": row.error_message} if row.error_code else None,
        "createdAt": timestamp(row.created_at),
        "completedAt": _moment(row.completed_at),
    }


def item(job: Job, *, batch_ids: BatchIds, zip_name: str | None, now: datetime) -> dict[str, Any]:
    """One image of a batch; `zip_name` is what it is called in the archive."""
    return {
        **detail(job, batch_ids=batch_ids, now=now),
        "price": job.price,
        "zipName": zip_name,
    }


def _previews(job: Job, now: datetime) -> dict[str, Any] | None:
    """Addresses of what lies beside the result, once that may be read.

    Those of the original go when it does.
    """
    if not job.has_previews or not job.published_key:
        return None
    kept = {"original": bool(job.original_key), "result": True}
    return {of: _preview(job.published_key, of, now) if kept[of] else None for of in PREVIEWS}


def _preview(result_key: str, of: str, now: datetime) -> dict[str, str]:
    small, large = preview_keys(result_key, of)
    return {"small": signed_url(small, now=now), "large": signed_url(large, now=now)}


def _url(key: str, now: datetime) -> str | None:
    return signed_url(key, now=now) if key else None


def _moment(value: datetime | None) -> str | None:
    return timestamp(value) if value else None


def _device(job: Job) -> str | None:
    """`gpu` or `cpu` for what a worker of ours computed."""
    if not job.engine or job.ai_provider != "local":
        return None
    return "gpu" if "CUDA" in job.engine else "cpu"


def _error(job: Job) -> dict[str, str] | None:
    if not job.error_code:
        return None
    return {"code": job.error_code, "message": job.error_message}
