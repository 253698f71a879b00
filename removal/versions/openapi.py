"""OpenAPI document of the endpoints of versions."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from common.http.errors import (
    Conflict,
    FileTooLarge,
    Forbidden,
    InvalidFileType,
    InvalidInput,
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
from removal.openapi import JOB, JOB_ID, REMOVAL
from removal.versions import serializers

TAG = "Background removal"
NUMBER = OpenApiParameter("version", int, OpenApiParameter.PATH, description="2, 3, …")

VERSION: dict[str, Any] = {
    "version": 2,
    "status": "completed",
    "current": True,
    "processedUrl": REMOVAL["processedUrl"].replace("removed-1", "removed-v2-1"),
    "preview": JOB["previews"]["result"],
    "options": {"format": "jpg", "bg_color": "#ffffff"},
    "metadata": {"processedSize": 412345, "width": 1920, "height": 1080, "format": "jpg"},
    "error": None,
    "createdAt": "2025-01-15T10:07:00Z",
    "completedAt": "2025-01-15T10:07:01Z",
}
RENDERED: dict[str, Any] = {
    "version": VERSION,
    "job": {**JOB, "version": 2, "processedUrl": VERSION["processedUrl"]},
}

get_mask = extend_schema(
    operation_id="getMask",
    tags=[TAG],
    summary="The mask of a result",
    description=(
        "A grey PNG as large as the original, white where the subject is: what the present version "
        "was rendered with, before the file's own transparency, cropping and placing. Mend it, and "
        "send it to `POST …/jobs/{job_id}/versions`."
    ),
    parameters=[JOB_ID, *RATE_LIMIT_HEADERS],
    responses={
        (200, "image/png"): OpenApiTypes.BINARY,
        **errors(Unauthorized, Forbidden, NotFound, Conflict, RateLimited),
    },
)

list_versions = extend_schema(
    operation_id="listVersions",
    tags=[TAG],
    summary="The versions of a result",
    description="In order; empty as long as there is only the first result.",
    parameters=[JOB_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success(
            "Versions", serializers.VersionListSerializer, example={"versions": [VERSION]}
        ),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

get_version = extend_schema(
    operation_id="getVersion",
    tags=[TAG],
    summary="One version of a result",
    description=(
        "How far its rendering is, the options that it was rendered with, and the link that opens "
        "it once it is `completed`. The job beside it names its present version."
    ),
    parameters=[JOB_ID, NUMBER, *RATE_LIMIT_HEADERS],
    responses={
        200: success("Version", serializers.RenderedSerializer, example=RENDERED),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

create_version = extend_schema(
    operation_id="renderVersion",
    tags=[TAG],
    summary="Render a result anew with another mask or other options, free",
    description=(
        "While a job is `editable`: from its kept original and its mask, or the `mask` that is "
        "sent, with clean edges as ever and without asking a model again. Output options that are "
        "given are the whole set; without any, those of the present version stay, its background "
        "picture included. The job's `processedUrl` opens the new version from then on, and the "
        "archive of its batch is written anew. Earlier versions stay as long as the job's result."
    ),
    request={"multipart/form-data": serializers.VersionRequestSerializer},
    parameters=[JOB_ID, IDEMPOTENCY_KEY, *RATE_LIMIT_HEADERS, RETRY_AFTER],
    responses={
        200: success("RenderedVersion", serializers.RenderedSerializer, example=RENDERED),
        202: success(
            "AcceptedVersion",
            serializers.RenderedSerializer,
            example={
                **RENDERED,
                "version": {
                    **VERSION,
                    "status": "queued",
                    "current": False,
                    "processedUrl": None,
                    "preview": None,
                    "metadata": None,
                    "completedAt": None,
                },
            },
        ),
        **errors(
            InvalidInput,
            FileTooLarge,
            InvalidFileType,
            NoSubjectFound,
            Unauthorized,
            Forbidden,
            NotFound,
            Conflict,
            IdempotencyKeyReused,
            RequestInProgress,
            UnsupportedMediaType,
            RateLimited,
            ServiceUnavailable,
        ),
    },
)
