"""Endpoints of uploads: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from batches.uploads import links, openapi, presenters, queries, serializers, services, storage_keys
from batches.uploads.errors import (
    AlreadyUploaded,
    LinkRefused,
    TooManyUploads,
    UploadsNotReady,
)
from batches.uploads.services import Announced
from billing.errors import BatchTooLarge
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    FileTooLarge,
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef
from removal.openapi import RATE_LIMIT_HEADERS, RETRY_AFTER

UPLOAD_ID = OpenApiParameter("upload_id", str, OpenApiParameter.PATH, description="`upl_…`")


class UploadsView(ApiView):
    rate_policy = "uploads"
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
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
        parameters=[*RATE_LIMIT_HEADERS, RETRY_AFTER],
        examples=[openapi.ANNOUNCE],
        responses={
            201: success("Uploads", serializers.SlotsSerializer, example=openapi.SLOTS),
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
    def post(self, request: Request) -> Response:
        fields = self.body(serializers.AnnounceSerializer)
        files = [
            Announced(file["filename"], file["contentType"], file["size"])
            for file in fields["files"]
        ]
        now = timezone.now()
        uploads = services.announce(user=cast(UserRef, request.user), files=files, now=now)
        return ok({"uploads": [presenters.slot(upload, now=now) for upload in uploads]}, status=201)


class UploadView(ApiView):
    def get_permissions(self) -> list[Any]:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]

    @extend_schema(
        operation_id="getUpload",
        tags=["Batches"],
        summary="Whether an upload has arrived",
        description=(
            "`pending` until the whole file is there, then `uploaded`; `used` once a batch has it."
        ),
        parameters=[UPLOAD_ID, *RATE_LIMIT_HEADERS],
        responses={
            200: success("Upload", serializers.UploadSerializer, example=openapi.UPLOAD),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def get(self, request: Request, upload_id: str) -> Response:
        upload = queries.owned(user_id=cast(UserRef, request.user).pk, upload_id=upload_id)
        status = queries.status_of(upload, now=timezone.now())
        return ok(presenters.detail(upload, status=status))

    @extend_schema(
        operation_id="deleteUpload",
        tags=["Batches"],
        summary="Delete an upload that no batch has used",
        description="The file goes at once. One that a batch has used is erased with its job.",
        parameters=[UPLOAD_ID, *RATE_LIMIT_HEADERS],
        responses={
            200: success("DeletedUpload", serializers.DeletedSerializer, example=openapi.DELETED),
            **errors(Unauthorized, Forbidden, NotFound, UploadsNotReady, RateLimited),
        },
    )
    def delete(self, request: Request, upload_id: str) -> Response:
        services.give_up(user_id=cast(UserRef, request.user).pk, upload_id=upload_id)
        return ok({"uploadId": upload_id, "deleted": True})


class UploadFileView(ApiView):
    """Takes the file where the service keeps files itself; the link is the permission."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    @extend_schema(
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
            200: success(
                "ReceivedUpload", serializers.ReceivedSerializer, example=openapi.RECEIVED
            ),
            **errors(InvalidInput, LinkRefused, NotFound, AlreadyUploaded, UploadsNotReady),
        },
        auth=[],
    )
    def put(self, request: Request, upload_id: str) -> Response:
        query = self.query(serializers.LinkQuerySerializer)
        now = timezone.now()
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not links.is_signed(upload_id, expires=expires, signature=signature, now=now):
            raise LinkRefused()
        raw = request._request
        size = int(raw.META.get("CONTENT_LENGTH") or 0)
        services.receive(
            upload_id=upload_id,
            content_type=raw.content_type or "",
            size=size,
            body=cast(Any, raw),
            now=now,
        )
        return ok({"uploadId": upload_id, "size": size})
