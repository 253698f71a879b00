"""OpenAPI document of single removals: headers, examples and the endpoints' descriptions."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from billing.errors import (
    InsufficientCredits,
    QuotaExceeded,
    SpendingCapReached,
    TierNotAllowed,
)
from common.http.errors import (
    Conflict,
    FileTooLarge,
    Forbidden,
    InvalidFileType,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    Unauthorized,
    UnsupportedMediaType,
)
from common.http.idempotency.views import IdempotencyKeyReused, RequestInProgress
from common.http.openapi import (
    IDEMPOTENCY_KEY,
    RATE_LIMIT_HEADERS,
    RETRY_AFTER,
    errors,
    success,
)
from removal.errors import NoSubjectFound
from removal.serializers import answers, requests

JOB_ID = OpenApiParameter("job_id", str, OpenApiParameter.PATH, description="`job_…`")

REMOVE_REQUESTS = [
    OpenApiExample(
        "A file",
        value={"image": "(the file)", "tier": "professional"},
        media_type="multipart/form-data",
        request_only=True,
    ),
    OpenApiExample(
        "A product shot on white",
        value={
            "image": "(the file)",
            "tier": "standard",
            "format": "jpg",
            "bg_color": "#ffffff",
            "crop": True,
            "crop_margin": "5%",
        },
        media_type="multipart/form-data",
        request_only=True,
    ),
    OpenApiExample(
        "An address",
        value={"image_url": "https://example.com/photo.jpg", "tier": "basic", "format": "webp"},
        media_type="application/json",
        request_only=True,
    ),
]

REMOVAL: dict[str, Any] = {
    "jobId": "job_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "originalUrl": "/uploads/background-remover/user_01jhmz/job_01jhmz7v-original.jpg"
    "?expires=1736940600&signature=…",
    "processedUrl": "/processed/background-remover/user_01jhmz/"
    "job_01jhmz7v-removed-1-5f0c6a9be2d14b7f8c03d1e9a4f7b262.png?expires=1736940600&signature=…",
    "creditsUsed": 15,
    "pricingType": "credits",
    "processingTimeMs": 3245,
    "tier": "professional",
    "metadata": {
        "originalSize": 2457600,
        "processedSize": 1823400,
        "width": 1920,
        "height": 1080,
        "format": "png",
    },
}

SUMMARY: dict[str, Any] = {
    "id": REMOVAL["jobId"],
    "batchId": None,
    "filename": "shoe.jpg",
    "tier": "professional",
    "status": "completed",
    "creditsUsed": 15,
    "createdAt": "2025-01-15T10:00:00Z",
    "expiredAt": None,
    "erasedAt": None,
    "error": None,
    "reportedAt": None,
    "retryJobId": None,
    "retryOf": None,
    "version": 1,
    "editable": True,
    "previews": {
        of: {
            size: "/processed/background-remover/user_01jhmz/"
            f"job_01jhmz7v-removed-1-5f0c6a9be2d14b7f8c03d1e9a4f7b262-{of}-{pixels}.webp"
            "?expires=1736940600&signature=…"
            for size, pixels in (("small", 256), ("large", 1024))
        }
        for of in ("original", "result")
    },
}

JOB: dict[str, Any] = {
    **SUMMARY,
    "originalUrl": REMOVAL["originalUrl"],
    "processedUrl": REMOVAL["processedUrl"],
    "pricingType": "credits",
    "processingTimeMs": 3245,
    "aiProvider": "local",
    "modelName": "birefnet-general",
    "modelVersion": "7a35a0141cbb",
    "engine": "onnxruntime CUDAExecutionProvider",
    "device": "gpu",
    "metadata": {"fileSizeBytes": 2457600, "width": 1920, "height": 1080, "format": "jpg"},
    "error": None,
    "completedAt": "2025-01-15T10:00:03Z",
    "expiredAt": None,
    "erasedAt": None,
}

JOBS: dict[str, Any] = {
    "jobs": [SUMMARY],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 150,
        "totalPages": 8,
        "hasNext": True,
        "hasPrev": False,
        "nextCursor": REMOVAL["jobId"],
    },
}

ACCEPTED: dict[str, Any] = {
    "jobId": REMOVAL["jobId"],
    "statusUrl": f"/v1/background-remover/jobs/{REMOVAL['jobId']}",
    **JOB,
    "status": "queued",
    "creditsUsed": 0,
    "processedUrl": None,
    "processingTimeMs": None,
    "aiProvider": None,
    "modelName": None,
    "completedAt": None,
}

REMOVE_HEADERS = [
    OpenApiParameter(
        "Accept",
        str,
        OpenApiParameter.HEADER,
        description="`image/*` (or one type) gives the picture itself; `format` decides its type.",
    ),
    OpenApiParameter(
        "Prefer",
        str,
        OpenApiParameter.HEADER,
        description="`respond-async` answers 202 with the job; with `wait=10`, after ten seconds.",
    ),
]

remove_background = extend_schema(
    operation_id="removeBackground",
    tags=["Background removal"],
    summary="Remove the background of one image",
    description=(
        "Waits for the result. Nothing is charged unless it is delivered: a picture in which "
        "no model of the tier finds a subject is a 400 `NO_SUBJECT_FOUND`. When it takes "
        "longer than the server waits (`SINGLE_TIMEOUT_S`, 50 s), or when `async` or `Prefer` "
        "asks for it, the answer is 202 with the job: it goes on, `statusUrl` tells how far "
        "it is, and the same request with the same `Idempotency-Key` gets its result. With "
        "`webhookUrl` the end of the job is also announced there, whether it is awaited or "
        "not.\n\n"
        "When `image/*` outranks JSON and `*/*` in `Accept`, the answer is the picture itself, "
        "with `X-Job-Id`, `X-Credits-Used`, `X-Model` and the like as headers."
    ),
    request={
        "multipart/form-data": requests.SingleSerializer,
        "application/json": requests.SingleByAddressSerializer,
    },
    parameters=[
        IDEMPOTENCY_KEY,
        *REMOVE_HEADERS,
        *RATE_LIMIT_HEADERS,
        RETRY_AFTER,
    ],
    examples=REMOVE_REQUESTS,
    responses={
        (200, "application/json"): success("Removal", answers.RemovalSerializer, example=REMOVAL),
        (200, "image/*"): OpenApiTypes.BINARY,
        202: success("AcceptedRemoval", answers.AcceptedSerializer, example=ACCEPTED),
        **errors(
            InvalidInput,
            MissingRequiredField,
            FileTooLarge,
            InvalidFileType,
            NoSubjectFound,
            Unauthorized,
            InsufficientCredits,
            SpendingCapReached,
            TierNotAllowed,
            QuotaExceeded,
            Forbidden,
            Conflict,
            IdempotencyKeyReused,
            RequestInProgress,
            UnsupportedMediaType,
            RateLimited,
            ServiceUnavailable,
        ),
    },
)

list_jobs = extend_schema(
    operation_id="listJobs",
    tags=["Background removal"],
    summary="List your jobs",
    description=(
        "Newest first, unless `sortBy` and `sortOrder` say otherwise. `cursor` goes on from "
        "page to page at the same cost however deep; `page` costs more the further it is."
    ),
    parameters=[requests.JobsQuerySerializer, *RATE_LIMIT_HEADERS],
    responses={
        200: success("Jobs", answers.JobListSerializer, example=JOBS),
        **errors(InvalidInput, NotFound, Unauthorized, Forbidden, RateLimited),
    },
)

get_job = extend_schema(
    operation_id="getJob",
    tags=["Background removal"],
    summary="One job in detail",
    description="The links in it are signed and short-lived; ask again for fresh ones.",
    parameters=[JOB_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success("Job", answers.JobSerializer, example=JOB),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

erase_job = extend_schema(
    operation_id="eraseJob",
    tags=["Background removal"],
    summary="Erase a job's files and personal data",
    description=(
        "Deletes the original and the result at once and redacts the row; what was charged "
        "stays on record. A job that has not ended is cancelled first and costs nothing. The "
        "ZIP of a batch that holds the image is deleted at once and written anew without it "
        "in the background; until then `zipUrl` is null and its download a 409. "
        "Erasing twice is harmless."
    ),
    parameters=[JOB_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success(
            "ErasedJob",
            answers.JobSerializer,
            example={
                **JOB,
                "originalUrl": None,
                "processedUrl": None,
                "erasedAt": "2025-01-15T11:00:00Z",
            },
        ),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

cancel_job = extend_schema(
    operation_id="cancelJob",
    tags=["Background removal"],
    summary="Cancel a job that still waits",
    description="Only a `queued` job can be cancelled, at no cost. Twice is harmless.",
    parameters=[JOB_ID, *RATE_LIMIT_HEADERS],
    request=None,
    responses={
        200: success(
            "CancelledJob",
            answers.JobSerializer,
            example={**JOB, "status": "cancelled", "creditsUsed": 0},
        ),
        **errors(Unauthorized, Forbidden, NotFound, Conflict, RateLimited),
    },
)

report_bad_result = extend_schema(
    operation_id="reportBadResult",
    tags=["Background removal"],
    summary="Say that a result is bad, and have it done anew a tier up, free",
    description=(
        "Once per image that was paid for, while its original is kept: `retry` is a job of its own "
        "that costs nothing; ask for it by its `id`. Again returns the same one, unless it failed "
        "for a reason of ours. The industry tier has none above it, so `retry` is null: the report "
        "counts, and `POST …/jobs/{job_id}/versions` takes a mask that was mended by hand."
    ),
    parameters=[JOB_ID, *RATE_LIMIT_HEADERS, RETRY_AFTER],
    request=None,
    responses={
        202: success(
            "ReportedJob",
            answers.ReportedSerializer,
            example={
                "jobId": REMOVAL["jobId"],
                "reportedAt": "2025-01-15T10:05:00Z",
                "retry": {
                    **JOB,
                    "id": "job_01jhmzab3d5f7h9k1m3p5r7t9v",
                    "tier": "industry",
                    "status": "queued",
                    "creditsUsed": 0,
                    "processedUrl": None,
                    "previews": None,
                    "completedAt": None,
                    "retryOf": REMOVAL["jobId"],
                },
            },
        ),
        **errors(Unauthorized, Forbidden, NotFound, Conflict, RateLimited, ServiceUnavailable),
    },
)
