"""The archive over HTTP: for its owner at the API, and at the address that the status names."""

from typing import Any, cast

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from batches.archive import downloads, links, openapi
from batches.models import Batch
from common.http import media
from common.http.auth import Scope
from common.http.errors import NotFound
from common.http.permissions import require_scope
from common.http.routes import route
from common.http.views import ApiView


class DownloadView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.download_batch
    def get(self, request: Request, batch_id: str) -> HttpResponseBase:
        now = timezone.now()
        wanted = self.query(openapi.DownloadQuerySerializer)
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
        """Does nothing: a signature may be enough. `get` authenticates where it is needed."""

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
