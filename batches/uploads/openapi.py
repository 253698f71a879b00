"""OpenAPI document of uploads: examples and the endpoints' descriptions."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from batches.uploads import serializers, storage_keys
from batches.uploads.errors import (
    AddressesRefused,
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
    rate_limit_headers,
    success,
)
from common.http.pagination import PageQuerySerializer

UPLOAD_ID = OpenApiParameter("upload_id", str, OpenApiParameter.PATH, description="`upl_…`")

ANNOUNCE = OpenApiExample(
    "Two files",
    value={
        "files": [
            {
                "filename": "shoe.jpg",
                "contentType": "image/jpeg",
                "size": 2457600,
                "reference": "spring/shoe.jpg",
            },
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
    "reference": "spring/shoe.jpg",
    "url": None,
    "contentType": "image/jpeg",
    "size": 2457600,
    "status": "uploaded",
    "error": None,
    "createdAt": "2025-01-15T10:00:00Z",
    "expiresAt": "2025-01-15T16:00:00Z",
    "usedAt": None,
}

FETCHING: dict[str, Any] = {
    **UPLOAD,
    "reference": None,
    "url": "https://shop.example.com/shoe.jpg",
    "contentType": None,
    "size": None,
    "status": "fetching",
}

LISTED: dict[str, Any] = {
    "uploads": [{**UPLOAD, "sendTo": None}],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 1,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
    },
}

ADDRESSES = [
    OpenApiExample(
        "Two addresses",
        value={
            "images": [
                {"url": "https://shop.example.com/shoe.jpg"},
                {"url": "https://cdn.example.com/7f3a", "filename": "bag.png"},
            ]
        },
        media_type="application/json",
        request_only=True,
    ),
    OpenApiExample(
        "CSV",
        value="url,filename\nhttps://shop.example.com/shoe.jpg,\n"
        "https://cdn.example.com/7f3a,bag.png\n",
        media_type="text/csv",
        request_only=True,
    ),
]

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

add_addresses = extend_schema(
    operation_id="addAddresses",
    tags=["Batches"],
    summary="Have images fetched from addresses",
    description=(
        "For batches of images that lie on the internet. Workers fetch them; each becomes an "
        "upload, `fetching` at first and then `uploaded`, or `failed` with its `error`. Watch "
        "them in `listUploads`, then start a batch with the `uploadIds` of those that are there: "
        "so the price is known, and set aside, only for images that exist and can be read. An "
        "image that could not be fetched costs nothing and earns no discount.\n\n"
        "As `text/csv` (UTF-8) a list has one address a line, or a header row that names the "
        "columns `url` and, if wanted, `filename`. A list with an address that cannot be fetched "
        "from, or that stands in it twice, is refused as a whole, and `details.problems` says "
        "for each what is wrong. Only public hosts on ports 80 and 443 are asked, also after a "
        "redirect; a time-out and an error of the other side are tried three times."
    ),
    request={
        "application/json": serializers.AddressesSerializer,
        "text/csv": OpenApiTypes.STR,
    },
    parameters=[IDEMPOTENCY_KEY, *rate_limit_headers(202), RETRY_AFTER],
    examples=ADDRESSES,
    responses={
        202: success(
            "AcceptedAddresses",
            serializers.AddressesAcceptedSerializer,
            example={"uploads": [FETCHING]},
        ),
        **errors(
            InvalidInput,
            AddressesRefused,
            MissingRequiredField,
            BatchTooLarge,
            Unauthorized,
            Forbidden,
            TooManyUploads,
            IdempotencyKeyReused,
            RequestInProgress,
            UnsupportedMediaType,
            RateLimited,
            ServiceUnavailable,
        ),
    },
)

list_uploads = extend_schema(
    operation_id="listUploads",
    tags=["Batches"],
    summary="List the uploads that no batch has used",
    description=(
        "In the order of their announcement, without those that have expired. After a break it "
        "tells what need not be sent again: compare `reference`, `filename` and `size`. A file "
        "that has not arrived comes with the address to send it to."
    ),
    parameters=[PageQuerySerializer, *RATE_LIMIT_HEADERS],
    responses={
        200: success("OpenUploads", serializers.OpenUploadsSerializer, example=LISTED),
        **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
    },
)

discard_uploads = extend_schema(
    operation_id="discardUploads",
    tags=["Batches"],
    summary="Delete uploads that no batch has used",
    description=(
        "Their files go at once; answers with the identifiers that were deleted. Those that a "
        "batch has used, or that do not exist, are passed over."
    ),
    request=serializers.DiscardSerializer,
    examples=[OpenApiExample("Two uploads", value={"uploadIds": [_ID]}, request_only=True)],
    parameters=[*RATE_LIMIT_HEADERS],
    responses={
        200: success(
            "DiscardedUploads", serializers.DiscardedSerializer, example={"deleted": [_ID]}
        ),
        **errors(InvalidInput, MissingRequiredField, Unauthorized, Forbidden, RateLimited),
    },
)

get_upload = extend_schema(
    operation_id="getUpload",
    tags=["Batches"],
    summary="Whether an upload has arrived",
    description=(
        "`pending` until the whole file is there, then `uploaded`; `used` once a batch has it. "
        "One that is fetched from an address is `fetching`, then `uploaded` or `failed`."
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
