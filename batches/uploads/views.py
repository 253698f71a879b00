"""Endpoints of uploads: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from batches.uploads import links, openapi, presenters, queries, serializers, services
from batches.uploads.errors import (
    LinkRefused,
)
from batches.uploads.services import Announced
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef


class UploadsView(ApiView):
    rate_policy = "uploads"
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.announce_uploads
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

    @openapi.get_upload
    def get(self, request: Request, upload_id: str) -> Response:
        upload = queries.owned(user_id=cast(UserRef, request.user).pk, upload_id=upload_id)
        status = queries.status_of(upload, now=timezone.now())
        return ok(presenters.detail(upload, status=status))

    @openapi.delete_upload
    def delete(self, request: Request, upload_id: str) -> Response:
        services.give_up(user_id=cast(UserRef, request.user).pk, upload_id=upload_id)
        return ok({"uploadId": upload_id, "deleted": True})


class UploadFileView(ApiView):
    """Takes the file where the service keeps files itself; the link is the permission."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    @openapi.upload_file
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
