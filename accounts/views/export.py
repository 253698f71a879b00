"""`/auth/me/export`: an account's data export, and `/exports/<id>.zip`, where it lies."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import DataExport
from accounts.openapi import account as openapi
from accounts.services import export as services
from accounts.views.caller import user_of
from common.http import media
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import NotFound, timestamp
from common.http.permissions import require_scope
from common.http.views import ApiView


class Export(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "POST":
            self.rate_policy = "data_export"
        super().initial(request, *args, **kwargs)

    @openapi.latest_export
    def get(self, request: Request) -> Response:
        return _shown(services.latest(user=user_of(request)), timezone.now())

    @openapi.request_export
    def post(self, request: Request) -> Response:
        now = timezone.now()
        return _shown(services.request(user=user_of(request), now=now), now, status=202)


@extend_schema(exclude=True)
class Download(ApiView):
    """`/exports/<id>.zip` opens with a valid signature; anything else is a 404."""

    permission_classes = [AllowAny]
    throttle_classes = []
    http_method_names = ["get", "head", "options"]

    def perform_authentication(self, request: Request) -> None:
        """The signature is enough."""

    def get(self, request: Request, export_id: str) -> HttpResponseBase:
        found = DataExport.objects.filter(public_id=export_id).first()
        signed = media.is_open(request, services.zip_path(export_id))
        if found is None or not signed or not services.is_kept(found, now=timezone.now()):
            raise NotFound("There is no such file, or the link to it has expired")
        name = f"lumiku-data-{found.requested_at:%Y-%m-%d}.zip"
        return media.serve(
            request,
            found.key,
            content_type="application/zip",
            disposition=f'attachment; filename="{name}"',
        )

    head = get


def _shown(export: DataExport | None, now: datetime, *, status: int = 200) -> Response:
    return ok({"export": _presented(export, now) if export else None}, status=status)


def _presented(export: DataExport, now: datetime) -> dict[str, Any]:
    path = services.download_path(export, now=now)
    return {
        "id": export.public_id,
        "status": export.status,
        "requestedAt": timestamp(export.requested_at),
        "finishedAt": timestamp(export.finished_at) if export.finished_at else None,
        "expiresAt": timestamp(export.expires_at) if export.expires_at else None,
        "bytes": export.size,
        "downloadUrl": f"{settings.BASE_URL}{path}" if path else None,
    }
