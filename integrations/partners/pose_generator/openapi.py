"""OpenAPI description of the Pose Generator's endpoint."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from common.http.openapi import IDEMPOTENCY_KEY, success
from integrations.partners.openapi import TAG, single_errors
from integrations.partners.pose_generator.serializers import PoseSerializer, RemovedPoseSerializer
from integrations.partners.serializers import UnfinishedSerializer

_EXAMPLE = {
    "jobId": "job_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "generatedImageId": "pose_gen_001",
    "processedUrl": "/processed/background-remover/user_01jhmz/"
    "job_01jhmz7v-removed-1-5f0c6a9be2d14b7f8c03d1e9a4f7b262.png?expires=1736940600&signature=…",
    "creditsUsed": 8,
}

auto_remove = extend_schema(
    tags=[TAG],
    summary="Cut out an image of the Pose Generator",
    description=(
        "Loads the image from the partner and awaits its removal. One that takes longer is "
        "answered with 202 and goes on: ask at `statusUrl`."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=PoseSerializer,
    examples=[
        OpenApiExample(
            "A pose",
            value={"generatedImageId": "pose_gen_001", "tier": "standard"},
            request_only=True,
        )
    ],
    responses={
        200: success("PoseRemoved", RemovedPoseSerializer, example=_EXAMPLE),
        202: success("PoseAccepted", UnfinishedSerializer),
        **single_errors(),
    },
)
