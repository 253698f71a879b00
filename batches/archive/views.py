"""The archive over HTTP: for its owner at the API, and at the address that the status names."""

from typing import Any, cast

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from batches.archive import downloads, links
from batches.archive.errors import ArchiveGone, ArchiveNotReady, NoArchive
from batches.models import Batch
from common.http import media
from common.http.auth import Scope
from common.http.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    RangeNotSatisfiable,
    RateLimited,
    Unauthorized,
)
from common.http.fields import switch
from common.http.openapi import errors
from common.http.permissions import require_scope
from common.http.routes import route
from common.http.serializers import StrictSerializer
from common.http.views import ApiView


class DownloadQuerySerializer(StrictSerializer):
    redirect = switch(
        default=False, help_text="Answer 302 with a short-lived address that needs no login"
    )


class DownloadView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        operation_id="downloadBatch",
        tags=["Batches"],
        summary="Download the ZIP of a batch",
        description=(
            "Holds `removed-<name>` for every image that finished, and `manifest.csv` with the "
            "fate of all. One `Range` is honoured, with `If-Range`, so that a download can be "
            "resumed; `HEAD` tells size and `ETag`. 409 while the batch runs, and while the "
            "archive is written anew after one of its images was erased; 404 when the batch ended "
            "without a finished image, 410 when the archive is no longer kept."
        ),
        parameters=[
            OpenApiParameter("batch_id", str, OpenApiParameter.PATH, description="`batch_…`"),
            OpenApiParameter(
                "Range", str, OpenApiParameter.HEADER, description="For example `bytes=1000-`."
            ),
            OpenApiParameter(
                "If-Range",
                str,
                OpenApiParameter.HEADER,
                description="An `ETag`: the range only of this very file, or else all of it.",
            ),
            DownloadQuerySerializer,
        ],
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            (206, "application/zip"): OpenApiTypes.BINARY,
            302: OpenApiResponse(description="With `redirect`: see `Location`"),
            **errors(
                InvalidInput,
                Unauthorized,
                Forbidden,
                NotFound,
                NoArchive,
                ArchiveNotReady,
                ArchiveGone,
                RangeNotSatisfiable,
                RateLimited,
            ),
        },
    )
    def get(self, request: Request, batch_id: str) -> HttpResponseBase:
        now = timezone.now()
        wanted = self.query(DownloadQuerySerializer)
        user_id = cast(int, request.user.pk)
        batch = downloads.owned(user_id=user_id, batch_id=batch_id, now=now)
        if wanted["redirect"]:
            return downloads.redirect(batch, now=now)
        return downloads.answer(request, batch, through=True)

    @extend_schema(exclude=True)
    def head(self, request: Request, batch_id: str) -> HttpResponseBase:
        return self.get(request, batch_id)


@extend_schema(exclude=True)
class ZipView(ApiView):
    """`/batches/<id>.zip` opens with a valid signature or for the owner."""

    permission_classes = [AllowAny]
    throttle_classes = []
    http_method_names = ["get", "head", "options"]

    def perform_authentication(self, request: Request) -> None:
        """Nobody needs to be known where a signature is enough; `get` asks when it matters."""

    def get(self, request: Request, batch_id: str) -> HttpResponseBase:
        signed = media.is_open(request, links.zip_path(batch_id))
        batch = downloads.known(batch_id=batch_id)
        if not signed and not _is_owner(media.caller(request), batch):
            raise NotFound("There is no such file, or the link to it has expired")
        return downloads.answer(request, batch, through=False)

    head = get


def _is_owner(caller: Any, batch: Batch) -> bool:
    return caller is not None and caller.pk == batch.user_id


urlpatterns: list[URLPattern] = [
    route(
        "background-remover/batch/<id:batch_id>/download",
        DownloadView.as_view(),
        name="batch-download",
    ),
]
media_urlpatterns: list[URLPattern] = [
    route(f"{links.ROOT}/<id:batch_id>.zip", ZipView.as_view(), slash=False, name="batch-zip"),
]
