"""Image Upscaler: a picture is cut out and enlarged, in either order."""

import io
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import api_key_of, pinned_model
from common.http.parsers import FormParser, ImageJsonParser
from common.http.request_id import current_request_id
from integrations.partners.image_upscaler import openapi, services
from integrations.partners.image_upscaler.serializers import PipelineSerializer
from integrations.partners.image_upscaler.services import StepOrder
from integrations.partners.views import PartnerView, answer_of
from removal import options
from removal.intake import Address, RemovalRequest, Upload


class PipelineView(PartnerView):
    rate_policy = "single"
    partner = services.SLUG
    parser_classes = [FormParser, ImageJsonParser]

    @openapi.pipeline
    def post(self, request: Request) -> Response:
        fields = self.body(PipelineSerializer)
        order = StepOrder(fields.get("order", StepOrder.REMOVE_FIRST))
        factor = int(fields.get("factor", 2))
        job = services.start(
            user=self.caller(),
            request=self._wanted(fields),
            order=order,
            factor=factor,
            wait_s=0 if fields.get("async") else settings.SINGLE_TIMEOUT_S,
            now=timezone.now(),
        )
        return answer_of(job, {"order": order, "factor": factor})

    def _wanted(self, fields: dict[str, Any]) -> RemovalRequest:
        return RemovalRequest(
            image=_image(fields),
            tier=fields["tier"],
            fields=options.pick({"model": pinned_model(self.request), **fields}),
            background=_upload(fields["bg_image"]) if fields.get("bg_image") else None,
            webhook_url=fields.get("webhookUrl", ""),
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            api_key=api_key_of(self.request),
        )


def _image(fields: dict[str, Any]) -> Upload | Address:
    if "image_b64" in fields:
        return Upload(io.BytesIO(fields["image_b64"]), "image")
    return _upload(fields["image"]) if "image" in fields else Address(fields["image_url"])


def _upload(file: Any) -> Upload:
    return Upload(file, file.name or "image")
