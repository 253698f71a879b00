"""OpenAPI description of the Image Upscaler's endpoint."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from common.http.openapi import IDEMPOTENCY_KEY, success
from integrations.partners.image_upscaler.serializers import (
    PipelineByAddressSerializer,
    PipelineSerializer,
    RemovedAndUpscaledSerializer,
)
from integrations.partners.openapi import TAG, single_errors
from integrations.partners.serializers import UnfinishedSerializer

_EXAMPLE = {
    "jobId": "job_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "order": "upscale-first",
    "factor": 2,
    "processedUrl": "/processed/background-remover/user_01jhmz/"
    "job_01jhmz7v-removed-1-5f0c6a9be2d14b7f8c03d1e9a4f7b262.png?expires=1736940600&signature=…",
    "creditsUsed": 8,
}

pipeline = extend_schema(
    tags=[TAG],
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
        **single_errors(),
    },
)
