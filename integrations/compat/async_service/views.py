"""The asynchronous service's endpoints: parse, one service, render."""

from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope, api_key_of
from common.http.errors import NotFound
from common.http.parsers import FormParser, ImageUrlencodedParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from integrations.compat import delivery, forms
from integrations.compat.anonymous import SharedKeyOrLocal, is_anonymous, tier_of
from integrations.compat.async_service import SOURCE, services
from integrations.compat.async_service.services import Locked
from integrations.compat.fastapi import Fields
from integrations.compat.views import CompatView, caller, customer, model_fields
from removal import lifecycle
from removal.engine.types import MAX_SCALE, MIN_SCALE
from removal.intake import RemovalRequest
from removal.lifecycle import JobStatus
from removal.options import OptionFields

FORMATS = ("png", "jpg", "jpeg")
QUALITY = 95
_LONGEST_ADDRESS = 254


class ProcessView(CompatView):
    """`POST /process`: accepted at once, with the identifier that opens status and result."""

    rate_policy = "single"
    authentication_classes = [SharedKeyOrLocal]
    parser_classes = [FormParser, ImageUrlencodedParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def post(self, request: Request) -> HttpResponseBase:
        fields = Fields(forms.data(request), where="body")
        file = fields.file("file")
        email = fields.required("email", longest=_LONGEST_ADDRESS)
        model = fields.one_of("model", settings.MODEL_NAMES, "")
        options = _options(fields)
        fields.check()
        assert file is not None  # noqa: S101 - or else the check had refused it
        tier = tier_of(request)
        removal = RemovalRequest(
            image=forms.upload(file),
            tier=tier,
            fields={**options, **model_fields(request, tier=tier, wanted=model)},
            request_id=current_request_id(),
            source=SOURCE,
            api_key=api_key_of(request),
            free=is_anonymous(request),
        )
        started = services.start(
            user=customer(request),
            caller=caller(request),
            removal=removal,
            email=email,
            now=timezone.now(),
        )
        processing_id = str(started.process.pk)
        body = {
            "processing_id": processing_id,
            "status_url": f"{settings.BASE_URL}/status/{processing_id}",
            "message": "Processing started. Check your email when done.",
        }
        return delivery.json_answer(request, body, status=202, then=started.answered)


class OpenView(CompatView):
    """An endpoint where the identifier is the permission; callers are limited by address."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "private, no-store")
        return final


class StatusView(OpenView):
    """`GET /status/{processing_id}`."""

    def get(self, request: Request, processing_id: str) -> Response:
        process, job = services.found(processing_id)
        return Response({"processing_id": str(process.pk), "status": _status(job.status)})


class DownloadView(OpenView):
    """`GET /download/{processing_id}`: the image as an attachment."""

    def get(self, request: Request, processing_id: str) -> HttpResponseBase:
        process, job = services.found(processing_id)
        if not lifecycle.is_terminal(job.status):
            raise Locked(headers={"Retry-After": "2"})
        if job.status != JobStatus.COMPLETED:
            raise NotFound("Processing failed; there is no image to download")
        try:
            answer = delivery.file_answer(
                request,
                job.published_key,
                content_type=delivery.CONTENT_TYPES[job.result_format],
                name=f"{process.pk}.{job.result_format}",
                as_attachment=True,
            )
        except FileNotFoundError:
            raise NotFound("Processing ID not found or expired") from None
        answer.headers["X-Model"] = job.model_name
        return answer


def _options(fields: Fields) -> OptionFields:
    wanted = fields.one_of("output_format", FORMATS, "png")
    quality = fields.whole("quality", least=1, most=100, default=QUALITY)
    scale = fields.number("scale", least=MIN_SCALE, most=MAX_SCALE, default=1.0)
    options: OptionFields = {}
    if wanted != "png":
        options["format"], options["quality"] = "jpg", quality
    if scale != 1:
        options["scale"] = scale
    return options


def _status(status: str) -> str:
    if not lifecycle.is_terminal(status):
        return "processing"
    return "completed" if status == JobStatus.COMPLETED else "failed"
