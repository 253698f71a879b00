"""OpenAPI document of batches: headers, examples and the endpoints' descriptions."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from batches.api import serializers
from batches.errors import AlreadyRetried, BatchEnded, BatchRunning, NothingToRetry
from batches.uploads.errors import UploadsNotReady
from billing.errors import BatchTooLarge, InsufficientCredits, SpendingCapReached
from common.http.errors import (
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
    CREATION_HEADERS,
    IDEMPOTENCY_KEY,
    RATE_LIMIT_HEADERS,
    RETRY_AFTER,
    errors,
    success,
)
from removal.openapi import JOB

BATCH_ID = OpenApiParameter("batch_id", str, OpenApiParameter.PATH, description="`batch_…`")

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

start_batch = extend_schema(
    operation_id="startBatch",
    tags=["Batches"],
    summary="Remove the background of 2 to 500 images",
    description=(
        "Answers as soon as the images are stored and the price is set aside; follow the "
        "batch by its status, over the WebSocket or with `webhookUrl`. An image that cannot "
        "be read becomes a failed item and the batch goes on; it counts neither for the price "
        "nor for the discount. Only finished images are charged, at the volume discount that "
        "they and the failures of ours earn together, and never more than `finalTotal`: "
        "[how a price comes about](/docs/pricing.md)."
    ),
    request={
        "multipart/form-data": serializers.StartSerializer,
        "application/json": serializers.StartByUploadsSerializer,
    },
    parameters=[IDEMPOTENCY_KEY, *CREATION_HEADERS, RETRY_AFTER],
    examples=START_REQUESTS,
    responses={
        201: success("StartedBatch", serializers.StartedBatchSerializer, example=STARTED),
        **errors(
            InvalidInput,
            MissingRequiredField,
            BatchTooLarge,
            FileTooLarge,
            InvalidFileType,
            Unauthorized,
            InsufficientCredits,
            SpendingCapReached,
            Forbidden,
            NotFound,
            UploadsNotReady,
            IdempotencyKeyReused,
            RequestInProgress,
            UnsupportedMediaType,
            RateLimited,
            ServiceUnavailable,
        ),
    },
)

list_batches = extend_schema(
    operation_id="listBatches",
    tags=["Batches"],
    summary="List your batches",
    description="Newest first, unless `sortBy` and `sortOrder` say otherwise.",
    parameters=[serializers.BatchesQuerySerializer, *RATE_LIMIT_HEADERS],
    responses={
        200: success("Batches", serializers.BatchListSerializer, example=BATCHES),
        **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
    },
)

get_batch = extend_schema(
    operation_id="getBatch",
    tags=["Batches"],
    summary="How far a batch is",
    description="`zipUrl` is signed and short-lived; ask again for a fresh one.",
    parameters=[BATCH_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success("Batch", serializers.BatchSerializer, example=RUNNING),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

erase_batch = extend_schema(
    operation_id="eraseBatch",
    tags=["Batches"],
    summary="Erase a batch's files and personal data",
    description=(
        "Deletes originals, results and the ZIP at once and redacts the batch and its images; "
        "what was charged stays on record. A batch that has not ended is cancelled first: "
        "images that had finished are charged, nothing else. Erasing twice is harmless."
    ),
    parameters=[BATCH_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success("ErasedBatch", serializers.BatchSerializer, example=ERASED),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

list_batch_items = extend_schema(
    operation_id="listBatchItems",
    tags=["Batches"],
    summary="The images of a batch, in the order in which they were sent",
    description=(
        "`error` says why an image failed. An image's `creditsUsed` and `processedUrl` are "
        "filled in when the whole batch has ended and is paid for. Each is a job of its own "
        "under `/background-remover/jobs`."
    ),
    parameters=[BATCH_ID, serializers.ItemsQuerySerializer, *RATE_LIMIT_HEADERS],
    responses={
        200: success("BatchItems", serializers.BatchItemsSerializer, example=ITEMS),
        **errors(InvalidInput, Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

cancel_batch = extend_schema(
    operation_id="cancelBatch",
    tags=["Batches"],
    summary="Cancel a batch",
    description=(
        "Images that wait are dropped; those under way end. What finished is packed and "
        "charged, the rest of the credits is given back, and the batch ends `cancelled`. "
        "Twice is harmless."
    ),
    parameters=[BATCH_ID, *RATE_LIMIT_HEADERS],
    request=None,
    responses={
        200: success("CancelledBatch", serializers.BatchSerializer, example=CANCELLING),
        **errors(Unauthorized, Forbidden, NotFound, BatchEnded, RateLimited),
    },
)

retry_batch = extend_schema(
    operation_id="retryBatch",
    tags=["Batches"],
    summary="Try the images of a batch that failed on our side or were cancelled once more",
    description=(
        "Starts a new batch of the images that were cancelled, or failed for a reason of ours "
        "(`INTERNAL_ERROR`), and whose originals are still there. Pictures that were refused "
        "are not tried again. Both batches together cost what one batch of all these images "
        "would have cost. A batch that has ended can be retried once; the retry can be "
        "retried in turn. Only a retry that starts counts against the limit of starts."
    ),
    parameters=[BATCH_ID, IDEMPOTENCY_KEY, *CREATION_HEADERS, RETRY_AFTER],
    request=None,
    responses={
        201: success("RetriedBatch", serializers.StartedBatchSerializer, example=RETRIED),
        **errors(
            Unauthorized,
            InsufficientCredits,
            SpendingCapReached,
            Forbidden,
            NotFound,
            BatchRunning,
            NothingToRetry,
            AlreadyRetried,
            IdempotencyKeyReused,
            RequestInProgress,
            RateLimited,
            ServiceUnavailable,
        ),
    },
)
