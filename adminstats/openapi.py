"""OpenAPI descriptions of the statistics and of operators' endpoints."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from adminstats.serializers import (
    AnyJobsQuerySerializer,
    AnyJobsSerializer,
    CreditsChangedSerializer,
    CreditsSerializer,
    OwnStatsQuerySerializer,
    OwnStatsSerializer,
    StatsQuerySerializer,
    StatsSerializer,
    StatusSerializer,
)
from billing.errors import InsufficientCredits
from common.http.errors import InvalidInput, MissingRequiredField, NotFound, RateLimited
from common.http.idempotency.views import IdempotencyKeyReused, RequestInProgress
from common.http.openapi import IDEMPOTENCY_KEY, LOGIN_ERRORS, errors, success

STATS: dict[str, Any] = {
    "period": "30d",
    "jobs": {
        "total": 125000,
        "completed": 122500,
        "failed": 2500,
        "cancelled": 0,
        "unfinished": 0,
        "successRate": 98.0,
    },
    "usage": {
        "totalCreditsUsed": 1875000,
        "totalRevenue": 187500000,
        "avgCreditsPerJob": 15,
    },
    "payments": {
        "credits": 148500000,
        "subscriptions": 186750000,
        "returned": 1500000,
        "net": 333750000,
    },
    "users": {"registered": 640},
    "failures": [
        {"code": "NO_SUBJECT_FOUND", "count": 2400, "percentage": 96},
        {"code": "PROCESSING_TIMEOUT", "count": 100, "percentage": 4},
    ],
    "badResults": {"total": 61, "basic": 38, "standard": 17, "professional": 5, "industry": 1},
    "tierBreakdown": {
        "basic": {"count": 50000, "percentage": 40},
        "standard": {"count": 45000, "percentage": 36},
        "professional": {"count": 25000, "percentage": 20},
        "industry": {"count": 5000, "percentage": 4},
    },
    "subscriptions": {"active": 1250, "starter": 800, "pro": 450, "mrr": 213750000},
}
SERVICE: dict[str, Any] = {
    "state": "up",
    "message": "",
    "queue": {"singleSeconds": 0.4, "batchSeconds": 2.1},
    "successRate": 99.97,
    "hours": [{"hour": "2025-01-15T10:00:00Z", "successRate": 100.0}],
    "slowMs": {"basic": 310, "standard": 1240},
    "checkedAt": "2025-01-15T10:30:00Z",
}
OWN: dict[str, Any] = {
    "period": "30d",
    "jobs": {
        "total": 40,
        "completed": 38,
        "failed": 1,
        "cancelled": 1,
        "unfinished": 0,
        "successRate": 97.4,
    },
    "credits": {"used": 304, "available": 746, "costInIDR": 30400},
    "tierBreakdown": {
        "basic": {"count": 0, "percentage": 0, "creditsUsed": 0},
        "standard": {"count": 40, "percentage": 100, "creditsUsed": 304},
        "professional": {"count": 0, "percentage": 0, "creditsUsed": 0},
        "industry": {"count": 0, "percentage": 0, "creditsUsed": 0},
    },
}
JOBS: dict[str, Any] = {
    "jobs": [
        {
            "id": "job_01jhmz7vw5k2y8n3q6r9t4x1aa",
            "user": {"id": "user_01jhmz7vw5k2y8n3q6r9t4x1ac", "email": "user@example.com"},
            "batchId": None,
            "tier": "professional",
            "status": "completed",
            "source": "api",
            "pricingType": "credits",
            "creditsUsed": 15,
            "processingTimeMs": 3245,
            "modelName": "birefnet-general",
            "error": None,
            "requestId": "req_01jhmz7vw5k2y8n3q6r9t4x1ad",
            "createdAt": "2025-01-15T10:00:00Z",
            "completedAt": "2025-01-15T10:00:03Z",
            "erasedAt": None,
        }
    ],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 125000,
        "totalPages": 6250,
        "totalIsExact": True,
        "hasNext": True,
        "hasPrev": False,
    },
}
CREDITS: dict[str, Any] = {
    "userId": "user_01jhmz7vw5k2y8n3q6r9t4x1ac",
    "entryId": "txn_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "credits": 100,
    "reason": "Goodwill",
    "balance": {"available": 150, "held": 0},
    "createdAt": "2025-01-15T10:00:00Z",
}

platform_stats = extend_schema(
    tags=["Administration"],
    summary="The platform's statistics",
    description=(
        "Needs the permission `adminstats.view_statistics`. Exact at this moment. A job "
        "counts in the period in which it ended; one that has not "
        "ended counts in every period. Credits count when they are charged, and money when it "
        "is paid; what was returned of it counts with the payment."
    ),
    parameters=[StatsQuerySerializer],
    responses={
        200: success("PlatformStats", StatsSerializer, example=STATS),
        **errors(InvalidInput, *LOGIN_ERRORS),
    },
)

own_stats = extend_schema(
    tags=["Background removal"],
    summary="Your own statistics",
    description="Over the jobs that you made in the period.",
    parameters=[OwnStatsQuerySerializer],
    responses={
        200: success("OwnStats", OwnStatsSerializer, example=OWN),
        **errors(InvalidInput, *LOGIN_ERRORS),
    },
)

service_status = extend_schema(
    tags=["Status"],
    summary="Whether the service is up, how long work waits, and the last 24 hours",
    description=(
        "Needs no login, and is computed anew every ten seconds at most. `busy` means that a "
        "single image waits longer than a caller does for the result."
    ),
    responses={
        200: success("ServiceStatus", StatusSerializer, example=SERVICE),
        **errors(RateLimited),
    },
)

list_jobs = extend_schema(
    tags=["Administration"],
    summary="Everybody's jobs",
    description=(
        "Newest first. `total` is counted exactly when nothing but `status` and `tier` narrows "
        "the listing down, and otherwise up to 10,000 (`totalIsExact`). Pages reach 10,000 "
        "jobs deep; `before` goes on from any job, however deep."
    ),
    parameters=[AnyJobsQuerySerializer],
    responses={
        200: success("AnyJobs", AnyJobsSerializer, example=JOBS),
        **errors(InvalidInput, NotFound, *LOGIN_ERRORS),
    },
)

change_credits = extend_schema(
    tags=["Administration"],
    summary="Give credits to a user, or take some",
    description="Written to the ledger and to the operators' log, with the reason.",
    parameters=[
        IDEMPOTENCY_KEY,
        OpenApiParameter("user_id", str, OpenApiParameter.PATH, description="`user_…`"),
    ],
    request=CreditsSerializer,
    examples=[
        OpenApiExample("Goodwill", value={"credits": 100, "reason": "Goodwill"}, request_only=True)
    ],
    responses={
        201: success("CreditsChanged", CreditsChangedSerializer, example=CREDITS),
        **errors(
            InvalidInput,
            MissingRequiredField,
            InsufficientCredits,
            NotFound,
            IdempotencyKeyReused,
            RequestInProgress,
            *LOGIN_ERRORS,
        ),
    },
)
