"""OpenAPI description of Avatar Creator's endpoint."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from common.http.openapi import IDEMPOTENCY_KEY, success
from integrations.partners.avatar_creator.serializers import (
    AvatarBatchSerializer,
    StartedAvatarsSerializer,
)
from integrations.partners.openapi import TAG, batch_errors

_EXAMPLE = {
    "batchId": "batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "projectId": "proj_abc123",
    "totalAvatars": 12,
    "totalCredits": 162,
    "discountPercentage": 0,
}

start_batch = extend_schema(
    tags=[TAG],
    summary="Cut out all avatars of an Avatar Creator project",
    description=(
        "Loads the project's 2 to 500 avatars from the partner and starts a batch of them. "
        "An avatar that cannot be loaded becomes a failed item and costs nothing."
    ),
    parameters=[IDEMPOTENCY_KEY],
    request=AvatarBatchSerializer,
    examples=[
        OpenApiExample(
            "A project",
            value={"projectId": "proj_abc123", "tier": "professional"},
            request_only=True,
        )
    ],
    responses={
        201: success("AvatarBatchStarted", StartedAvatarsSerializer, example=_EXAMPLE),
        **batch_errors(),
    },
)
