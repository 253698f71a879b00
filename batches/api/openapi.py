"""Examples of the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from removal.openapi import JOB, RATE_LIMIT_HEADERS

START_HEADERS = [
    OpenApiParameter(
        header.name,
        int,
        OpenApiParameter.HEADER,
        response=[201, 429],
        description=header.description,
    )
    for header in RATE_LIMIT_HEADERS
]

START_REQUESTS = [
    OpenApiExample(
        "Files",
        value={"images": ["(the file)", "(the file)"], "tier": "standard", "name": "Spring"},
        media_type="multipart/form-data",
        request_only=True,
    ),
    OpenApiExample(
        "Files that were uploaded before",
        value={
            "uploadIds": ["upl_01jhmz7vw5k2y8n3q6r9t4x1ab", "upl_01jhmz7vw5k2y8n3q6r9t4x1ac"],
            "tier": "professional",
            "format": "webp",
            "webhookUrl": "https://shop.example.com/hooks/lumiku",
        },
        media_type="application/json",
        request_only=True,
    ),
]

STARTED: dict[str, Any] = {
    "batchId": "batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "totalImages": 100,
    "tier": "standard",
    "pricing": {
        "baseCreditsPerImage": 8,
        "baseTotal": 800,
        "discountPercentage": 10,
        "discountAmount": 80,
        "finalTotal": 720,
        "creditsPerImageAfterDiscount": 7.2,
    },
    "estimatedCompletionMinutes": 15,
    "status": "pending",
    "createdAt": "2025-01-15T10:00:00Z",
}

RETRIED: dict[str, Any] = {
    **STARTED,
    "batchId": "batch_01jhmz9a3c5e7g9j1k3m5n7p9q",
    "totalImages": 2,
    "pricing": {
        "baseCreditsPerImage": 8,
        "baseTotal": 16,
        "discountPercentage": 10,
        "discountAmount": 1,
        "finalTotal": 15,
        "creditsPerImageAfterDiscount": 7.5,
    },
    "estimatedCompletionMinutes": 1,
}

RUNNING: dict[str, Any] = {
    "batchId": STARTED["batchId"],
    "name": "Spring",
    "status": "processing",
    "tier": "standard",
    "progress": {
        "totalImages": 100,
        "processedImages": 67,
        "failedImages": 2,
        "cancelledImages": 0,
        "percentage": 69,
    },
    "pricing": {"totalCredits": 720, "discountPercentage": 10, "creditsUsed": 0},
    "timing": {
        "createdAt": "2025-01-15T10:00:00Z",
        "startedAt": "2025-01-15T10:00:01Z",
        "estimatedCompletionAt": "2025-01-15T10:15:00Z",
    },
    "zipUrl": None,
    "zipSizeBytes": None,
    "error": None,
    "retryOf": None,
    "retryBatchId": None,
    "cancelRequestedAt": None,
    "completedAt": None,
    "expiredAt": None,
    "erasedAt": None,
}

COMPLETED: dict[str, Any] = {
    **RUNNING,
    "status": "completed",
    "progress": {
        "totalImages": 100,
        "processedImages": 98,
        "failedImages": 2,
        "cancelledImages": 0,
        "percentage": 100,
    },
    "pricing": {"totalCredits": 720, "discountPercentage": 10, "creditsUsed": 705},
    "timing": {**RUNNING["timing"], "estimatedCompletionAt": None},
    "zipUrl": f"/batches/{STARTED['batchId']}.zip?expires=1736940600&signature=…",
    "zipSizeBytes": 157286400,
    "completedAt": "2025-01-15T10:12:00Z",
}

CANCELLING: dict[str, Any] = {
    **RUNNING,
    "progress": {**RUNNING["progress"], "cancelledImages": 27},
    "cancelRequestedAt": "2025-01-15T10:08:00Z",
}

ERASED: dict[str, Any] = {
    **COMPLETED,
    "name": None,
    "zipUrl": None,
    "zipSizeBytes": None,
    "erasedAt": "2025-01-15T11:00:00Z",
}

_PAGINATION = {"page": 1, "limit": 20, "hasPrev": False}

BATCHES: dict[str, Any] = {
    "batches": [
        {
            "batchId": STARTED["batchId"],
            "name": "Spring",
            "status": "completed",
            "tier": "standard",
            "totalImages": 100,
            "processedImages": 98,
            "failedImages": 2,
            "percentage": 100,
            "totalCredits": 720,
            "creditsUsed": 705,
            "createdAt": "2025-01-15T10:00:00Z",
            "completedAt": "2025-01-15T10:12:00Z",
        }
    ],
    "pagination": {**_PAGINATION, "total": 1, "totalPages": 1, "hasNext": False},
}

ITEMS: dict[str, Any] = {
    "items": [
        {
            **JOB,
            "tier": "standard",
            "creditsUsed": 7,
            "filename": "image1.jpg",
            "price": 7,
            "zipName": "removed-image1.png",
        },
        {
            **JOB,
            "id": "job_01jhmz7vw5k2y8n3q6r9t4x1ac",
            "tier": "standard",
            "status": "failed",
            "creditsUsed": 0,
            "originalUrl": None,
            "processedUrl": None,
            "processingTimeMs": None,
            "aiProvider": None,
            "modelName": None,
            "modelVersion": None,
            "engine": None,
            "device": None,
            "metadata": {"fileSizeBytes": 4096, "width": 0, "height": 0, "format": ""},
            "error": {
                "code": "INVALID_FILE_TYPE",
                "message": "The data is not an image of a supported format",
            },
            "filename": "notes.txt",
            "price": 0,
            "zipName": None,
        },
    ],
    "pagination": {**_PAGINATION, "total": 100, "totalPages": 5, "hasNext": True},
}
