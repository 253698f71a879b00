"""OpenAPI document of uploads: examples and the endpoints' descriptions."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from batches.uploads import serializers, storage_keys
from batches.uploads.errors import (
    AlreadyUploaded,
    LinkRefused,
    TooManyUploads,
    UploadsNotReady,
)
from billing.errors import BatchTooLarge
from common.http.errors import (
    FileTooLarge,
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import (
    CREATION_HEADERS,
    RATE_LIMIT_HEADERS,
    RETRY_AFTER,
    errors,
    success,
)

UPLOAD_ID = OpenApiParameter("upload_id", str, OpenApiParameter.PATH, description="`upl_…`")

ANNOUNCE = OpenApiExample(
    "Two files",
    value={
        "files": [
            {"filename": "shoe.jpg", "contentType": "image/jpeg", "size": 2457600},
            {"filename": "bag.png", "contentType": "image/png", "size": 3145728},
        ]
    },
    request_only=True,
)

_ID = "upl_01jhmz7vw5k2y8n3q6r9t4x1ab"

SLOTS: dict[str, Any] = {
    "uploads": [
        {
            "uploadId": _ID,
            "filename": "shoe.jpg",
            "method": "PUT",
            "url": "https://storage.example.com/lumiku/uploads/background-remover/user_01jhmz/"
            f"{_ID}.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=21600&X-Amz-Signature=…",
            "headers": {"Content-Type": "image/jpeg"},
            "expiresAt": "2025-01-15T16:00:00Z",
        }
    ]
}

UPLOAD: dict[str, Any] = {
    "uploadId": _ID,
    "filename": "shoe.jpg",
    "contentType": "image/jpeg",
    "size": 2457600,
    "status": "uploaded",
    "createdAt": "2025-01-15T10:00:00Z",
    "expiresAt": "2025-01-15T16:00:00Z",
    "usedAt": None,
}

RECEIVED: dict[str, Any] = {"uploadId": _ID, "size": 2457600}
DELETED: dict[str, Any] = {"uploadId": _ID, "deleted": True}

announce_uploads = extend_schema(
    operation_id="announceUploads",
    tags=["Batches"],
    summary="Get addresses to upload images to",
    description=(
        "For batches that should not be sent as one form. Each file is sent by `PUT` to an "
        "address of its own, straight to the object store where there is one, with the "
        "announced type and exactly the announced size. Then start a batch with the "
        "`uploadIds`. What is not used before `expiresAt` is deleted."
    ),
    request=serializers.AnnounceSerializer,
    parameters=[*CREATION_HEADERS, RETRY_AFTER],
    examples=[ANNOUNCE],
    responses={
        201: success("Uploads", serializers.SlotsSerializer, example=SLOTS),
        **errors(
            InvalidInput,
            MissingRequiredField,
            FileTooLarge,
            BatchTooLarge,
            Unauthorized,
            Forbidden,
            TooManyUploads,
            RateLimited,
        ),
    },
)

get_upload = extend_schema(
    operation_id="getUpload",
    tags=["Batches"],
    summary="Whether an upload has arrived",
    description=(
        "`pending` until the whole file is there, then `uploaded`; `used` once a batch has it."
    ),
    parameters=[UPLOAD_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success("Upload", serializers.UploadSerializer, example=UPLOAD),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

delete_upload = extend_schema(
    operation_id="deleteUpload",
    tags=["Batches"],
    summary="Delete an upload that no batch has used",
    description="The file goes at once. One that a batch has used is erased with its job.",
    parameters=[UPLOAD_ID, *RATE_LIMIT_HEADERS],
    responses={
        200: success("DeletedUpload", serializers.DeletedSerializer, example=DELETED),
        **errors(Unauthorized, Forbidden, NotFound, UploadsNotReady, RateLimited),
    },
)

upload_file = extend_schema(
    operation_id="uploadFile",
    tags=["Batches"],
    summary="Send the file of an upload",
    description=(
        "The address comes from `announceUploads` and is used as it is. With an object store "
        "the file goes there instead."
    ),
    parameters=[UPLOAD_ID, serializers.LinkQuerySerializer],
    request=dict.fromkeys(storage_keys.SUFFIXES, bytes),
    responses={
        200: success("ReceivedUpload", serializers.ReceivedSerializer, example=RECEIVED),
        **errors(InvalidInput, LinkRefused, NotFound, AlreadyUploaded, UploadsNotReady),
    },
    auth=[],
)
