"""Examples and headers of the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

RATE_LIMIT_HEADERS = [
    OpenApiParameter(
        name, int, OpenApiParameter.HEADER, response=[200, 429], description=description
    )
    for name, description in (
        ("X-RateLimit-Limit", "Requests allowed per window."),
        ("X-RateLimit-Remaining", "Requests that may be sent at once."),
        ("X-RateLimit-Reset", "When the window ends, in Unix seconds."),
    )
]

RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Seconds to wait before asking again.",
)

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
