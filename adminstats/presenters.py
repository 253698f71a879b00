"""Presenters of statistics."""

from collections.abc import Mapping, Sequence
from typing import Any

from adminstats.platform import Figures, tiers
from adminstats.service_status import Status
from billing.pricing import IDR_PER_CREDIT
from common.http.errors import timestamp
from removal.lifecycle import JobStatus
from removal.queries import JobRow
from removal.stats import Own


def platform(found: Figures) -> dict[str, Any]:
    """The platform's figures in the documented shape, with `payments`, `users`, `failures` and
    `badResults`.
    `cancelled` and `unfinished` are the rest of `total`.
    """
    jobs = found.jobs
    completed, failed = jobs.in_state(JobStatus.COMPLETED), jobs.in_state(JobStatus.FAILED)
    return {
        "period": str(found.period),
        "jobs": {
            "total": jobs.total,
            "completed": completed,
            "failed": failed,
            "cancelled": jobs.in_state(JobStatus.CANCELLED),
            "unfinished": jobs.in_state(JobStatus.QUEUED, JobStatus.PROCESSING),
            "successRate": float(percent(completed, completed + failed)),
        },
        "usage": {
            "totalCreditsUsed": found.credits,
            "totalRevenue": found.revenue_idr,
            "avgCreditsPerJob": ratio(found.credits, jobs.total),
        },
        "payments": {
            "credits": found.paid.credits_idr,
            "subscriptions": found.paid.subscriptions_idr,
            "returned": found.paid.returned_idr,
            "net": found.paid.net_idr,
        },
        "users": {"registered": found.registrations},
        "failures": [
            {"code": code, "count": count, "percentage": percent(count, failed)}
            for code, count in found.failures.items()
        ],
        "badResults": {
            "total": sum(found.bad_results.values()),
            **{tier: found.bad_results.get(tier, 0) for tier in tiers()},
        },
        "tierBreakdown": {
            tier: {
                "count": jobs.of_tier(tier),
                "percentage": percent(jobs.of_tier(tier), jobs.total),
            }
            for tier in tiers()
        },
        "subscriptions": {
            "active": found.subscriptions.active,
            **found.subscriptions.by_plan,
            "mrr": found.subscriptions.mrr_idr,
        },
    }


def own(rows: Sequence[Own], *, period: str, used: int, available: int) -> dict[str, Any]:
    """One user's figures over the jobs that were created in the period."""
    completed, failed = _in(rows, JobStatus.COMPLETED), _in(rows, JobStatus.FAILED)
    return {
        "period": period,
        "jobs": {
            "total": sum(row.jobs for row in rows),
            "completed": completed,
            "failed": failed,
            "cancelled": _in(rows, JobStatus.CANCELLED),
            "unfinished": _in(rows, JobStatus.QUEUED) + _in(rows, JobStatus.PROCESSING),
            "successRate": float(percent(completed, completed + failed)),
        },
        "credits": {"used": used, "available": available, "costInIDR": used * IDR_PER_CREDIT},
        "tierBreakdown": {tier: _own_tier(rows, tier) for tier in tiers()},
    }


def job(row: JobRow, *, batch_ids: Mapping[int, str]) -> dict[str, Any]:
    """One line of the operators' listing."""
    owner = row.user
    return {
        "id": row.public_id,
        "user": {"id": owner.public_id, "email": owner.email} if owner else None,
        "batchId": batch_ids.get(row.batch_id) if row.batch_id else None,
        "tier": row.tier,
        "status": row.status,
        "source": row.source,
        "pricingType": row.pricing_type,
        "creditsUsed": row.credits_used,
        "processingTimeMs": row.processing_time_ms,
        "modelName": row.model_name or None,
        "error": {"code": row.error_code, "message": row.error_message} if row.error_code else None,
        "requestId": row.request_id or None,
        "createdAt": timestamp(row.created_at),
        "completedAt": timestamp(row.completed_at) if row.completed_at else None,
        "erasedAt": timestamp(row.erased_at) if row.erased_at else None,
    }


def percent(part: int, whole: int) -> int | float:
    """A percentage rounded to one decimal, halves up; 0 of nothing. A whole number has no decimal
    point.
    """
    return ratio(100 * part, whole)


def ratio(part: int, whole: int) -> int | float:
    """The share of `part` in `whole`, rounded like `percent`."""
    if whole == 0:
        return 0
    tenths = (20 * part + whole) // (2 * whole)
    return tenths // 10 if tenths % 10 == 0 else tenths / 10


def _in(rows: Sequence[Own], status: str) -> int:
    return sum(row.jobs for row in rows if row.status == status)


def _own_tier(rows: Sequence[Own], tier: str) -> dict[str, Any]:
    chosen = [row for row in rows if row.tier == tier]
    count = sum(row.jobs for row in chosen)
    return {
        "count": count,
        "percentage": percent(count, sum(row.jobs for row in rows)),
        "creditsUsed": sum(row.credits for row in chosen),
    }


def service(found: Status) -> dict[str, Any]:
    """The public state of the service."""
    return {
        "state": found.state,
        "message": found.message,
        "queue": {"singleSeconds": found.waits_s, "batchSeconds": found.batches_wait_s},
        "successRate": _of_hundred(found.share),
        "hours": [
            {"hour": timestamp(one.hour), "successRate": _of_hundred(one.share)}
            for one in found.hours
        ],
        "slowMs": dict(found.slow_ms),
        "checkedAt": timestamp(found.at),
    }


def _of_hundred(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)
