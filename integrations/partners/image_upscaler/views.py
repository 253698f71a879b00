"""Image Upscaler: a picture is cut out and enlarged, in either order."""

import io
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import api_key_of, pinned_model
from common.http.fields import choice
from common.http.openapi import IDEMPOTENCY_KEY, success
from common.http.parsers import FormParser, ImageJsonParser
from common.http.request_id import current_request_id
from integrations.partners import openapi
from integrations.partners.image_upscaler import services
from integrations.partners.image_upscaler.services import FACTORS, StepOrder
from integrations.partners.serializers import RemovedSerializer, UnfinishedSerializer
from integrations.partners.views import PartnerView, answer_of
from removal import options
from removal.engine.types import OutputFormat
from removal.intake import Address, RemovalRequest, Upload
from removal.serializers.requests import SingleByAddressSerializer, SingleSerializer

_EXAMPLE = {
    "jobId": "job_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "order": "upscale-first",
    "factor": 2,
    "processedUrl": "/processed/background-remover/user_01jhmz/"
    "job_01jhmz7v-removed-1-5f0c6a9be2d14b7f8c03d1e9a4f7b262.png?expires=1736940600&signature=…",
    "creditsUsed": 8,
}


class PipelineFields(serializers.Serializer[Any]):
    """The fields beside those of a single removal."""

    order = choice(
        StepOrder,
        required=False,
        help_text="`remove-first` (default) enlarges the cut-out, `upscale-first` cuts out the "
        "enlarged picture, which shows finer edges.",
    )
    factor = choice(map(str, FACTORS), required=False, help_text="Of both sides: 2 (default) or 4.")


class PipelineSerializer(PipelineFields, SingleSerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        first = attrs.get("order", StepOrder.REMOVE_FIRST)
        if first == StepOrder.REMOVE_FIRST and attrs.get("format") == OutputFormat.ZIP:
            raise serializers.ValidationError(
                {"format": "a zip cannot be enlarged; use png, webp or jpg, or upscale-first"}
            )
        return attrs


class PipelineByAddressSerializer(PipelineFields, SingleByAddressSerializer):
    pass


class RemovedAndUpscaledSerializer(RemovedSerializer):
    order = serializers.ChoiceField([*StepOrder])
    factor = serializers.IntegerField()


class PipelineView(PartnerView):
    rate_policy = "single"
    partner = services.SLUG
    parser_classes = [FormParser, ImageJsonParser]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Cut out and enlarge a picture with the Image Upscaler",
        description=(
            "Takes the fields of a single removal. The price is that of the removal; when the "
            "partner fails, nothing is charged. One that takes longer is answered with 202 and "
            "goes on: ask at `statusUrl`."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request={
            "multipart/form-data": PipelineSerializer,
            "application/json": PipelineByAddressSerializer,
        },
        examples=[
            OpenApiExample(
                "An address",
                value={
                    "image_url": "https://example.com/photo.jpg",
                    "tier": "standard",
                    "order": "upscale-first",
                    "factor": "2",
                },
                media_type="application/json",
                request_only=True,
            )
        ],
        responses={
            200: success("PipelineDone", RemovedAndUpscaledSerializer, example=_EXAMPLE),
            202: success("PipelineAccepted", UnfinishedSerializer),
            **openapi.single_errors(),
        },
    )
    def post(self, request: Request) -> Response:
        fields = self.body(PipelineSerializer)
        order = StepOrder(fields.get("order", StepOrder.REMOVE_FIRST))
        factor = int(fields.get("factor", 2))
        job = services.start(
            user=self.caller(),
            request=self._wanted(fields),
            order=order,
            factor=factor,
            patience_s=0 if fields.get("async") else settings.SINGLE_TIMEOUT_S,
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
