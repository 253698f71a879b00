"""Endpoints of masks and versions: parse, one service, render."""

from datetime import datetime
from typing import Any, cast

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import media, negotiation
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.negotiation import Preference
from common.http.parsers import FormParser
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef
from removal import batch_names, errors, presenters
from removal.intake import Upload
from removal.models import Job, Version
from removal.versions import openapi, serializers, services
from removal.versions.services import VersionRequest
from removal.views import wait_s

_READING = ("GET", "HEAD", "OPTIONS")


class MaskView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.get_mask
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        key = services.mask_key(user_id=_caller(request).pk, job_id=job_id)
        return media.content(request, key, "mask.png")


class VersionsView(IdempotentMixin, ApiView):
    """Renders versions and lists them; listing is limited like all reading."""

    parser_classes = [FormParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.rate_policy = "status" if request.method in _READING else "single"
        super().initial(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        reading = self.request.method in _READING
        return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]

    @openapi.list_versions
    def get(self, request: Request, job_id: str) -> Response:
        job, versions = services.listed(user_id=_caller(request).pk, job_id=job_id)
        now = timezone.now()
        return ok({"versions": [presenters.version(row, job, now=now) for row in versions]})

    @openapi.create_version
    def post(self, request: Request, job_id: str) -> Response:
        fields = self.body(serializers.VersionRequestSerializer)
        preference = negotiation.preference(request.headers.get("Prefer", ""))
        if fields.pop("async", False):
            preference = Preference(respond_async=True)
        wanted = VersionRequest(
            mask=_upload(fields.pop("mask", None)),
            background=_upload(fields.get("bg_image")),
            given=fields,
            idempotency_key=self.idempotency_key,
        )
        version = services.request(
            user=_caller(request), job_id=job_id, wanted=wanted, now=timezone.now()
        )
        version = services.wait(version=version, timeout_s=wait_s(preference))
        if version.error_code:
            raise errors.of_version(version)
        return _shown(version, Job.objects.get(pk=version.job_id), timezone.now())


class VersionView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.get_version
    def get(self, request: Request, job_id: str, version: str) -> Response:
        job, row = services.owned(
            user_id=_caller(request).pk, job_id=job_id, number=services.number(version)
        )
        return _shown(row, job, timezone.now(), status=200)


def _shown(version: Version, job: Job, now: datetime, status: int | None = None) -> Response:
    body = {
        "version": presenters.version(version, job, now=now),
        "job": presenters.detail(job, batch_ids=batch_names.of([job]), now=now),
    }
    waiting = version.status == Version.Status.QUEUED
    headers = {"Retry-After": "1"} if waiting and status is None else {}
    return ok(body, status=status or (202 if waiting else 200), headers=headers)


def _upload(file: Any) -> Upload | None:
    return Upload(file, file.name or "image") if file is not None else None


def _caller(request: Request) -> UserRef:
    return cast(UserRef, request.user)
