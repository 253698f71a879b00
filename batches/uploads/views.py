"""Endpoints of uploads: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from batches.uploads import (
    addresses,
    links,
    lists,
    openapi,
    presenters,
    queries,
    serializers,
    services,
)
from batches.uploads.addresses import Address
from batches.uploads.errors import LinkRefused
from batches.uploads.services import Announced
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.pagination import PageQuerySerializer, paginate
from common.http.parsers import JsonParser
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef

_READING = ("GET", "HEAD", "OPTIONS")


class UploadsView(ApiView):
    """Announces uploads and lists them; listing is limited like all reading."""

    rate_policy = "uploads"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in _READING:
            self.rate_policy = "status"
        super().initial(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        return _permissions(self.request)

    @openapi.list_uploads
    def get(self, request: Request) -> Response:
        query, now = self.query(PageQuerySerializer), timezone.now()
        found = queries.open_uploads(user_id=_caller(request).pk, now=now)
        page = paginate(found, page=query["page"], limit=query["limit"])
        services.note_arrivals(page.items, now=now)
        lines = [
            presenters.line(upload, status=queries.status_of(upload, now=now), now=now)
            for upload in page.items
        ]
        return ok({"uploads": lines, "pagination": page.pagination})

    @openapi.announce_uploads
    def post(self, request: Request) -> Response:
        fields = self.body(serializers.AnnounceSerializer)
        files = [
            Announced(
                file["filename"], file["contentType"], file["size"], file.get("reference", "")
            )
            for file in fields["files"]
        ]
        now = timezone.now()
        uploads = services.announce(user=_caller(request), files=files, now=now)
        return ok({"uploads": [presenters.slot(upload, now=now) for upload in uploads]}, status=201)


class AddressesView(IdempotentMixin, ApiView):
    rate_policy = "uploads"
    parser_classes = [JsonParser, lists.ListParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.add_addresses
    def post(self, request: Request) -> Response:
        now = timezone.now()
        uploads = addresses.add(user=_caller(request), addresses=self._wanted(), now=now)
        shown = [
            presenters.detail(upload, status=queries.status_of(upload, now=now))
            for upload in uploads
        ]
        return ok({"uploads": shown}, status=202)

    def _wanted(self) -> list[Address]:
        if isinstance(self.request.data, str):
            return lists.read(self.request.data)
        fields = self.body(serializers.AddressesSerializer)
        return [Address(**image) for image in fields["images"]]


class DiscardView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.discard_uploads
    def post(self, request: Request) -> Response:
        fields = self.body(serializers.DiscardSerializer)
        user_id = _caller(request).pk
        deleted = services.discard(user_id=user_id, upload_ids=fields["uploadIds"])
        return ok({"deleted": deleted})


class UploadView(ApiView):
    def get_permissions(self) -> list[Any]:
        return _permissions(self.request)

    @openapi.get_upload
    def get(self, request: Request, upload_id: str) -> Response:
        upload, now = (
            queries.owned(user_id=_caller(request).pk, upload_id=upload_id),
            timezone.now(),
        )
        services.look(upload, now=now)
        status = queries.status_of(upload, now=now)
        return ok(presenters.detail(upload, status=status))

    @openapi.delete_upload
    def delete(self, request: Request, upload_id: str) -> Response:
        services.give_up(user_id=_caller(request).pk, upload_id=upload_id)
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


def _caller(request: Request) -> UserRef:
    return cast(UserRef, request.user)


def _permissions(request: Request) -> list[Any]:
    reading = request.method in _READING
    return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]
