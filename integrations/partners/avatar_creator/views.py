"""Avatar Creator: the avatars of a project as one batch."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.openapi import IDEMPOTENCY_KEY, success
from integrations.partners import openapi
from integrations.partners.client import part
from integrations.partners.serializers import PartnerBatchSerializer, StartedSerializer, reference
from integrations.partners.views import PartnerBatchView

_EXAMPLE = {
    "batchId": "batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "projectId": "proj_abc123",
    "totalAvatars": 12,
    "totalCredits": 162,
    "discountPercentage": 0,
}


class AvatarBatchSerializer(PartnerBatchSerializer):
    projectId = reference("The project whose avatars are cut out.")


class StartedAvatarsSerializer(StartedSerializer):
    projectId = serializers.CharField()
    totalAvatars = serializers.IntegerField()


class AvatarBatchView(PartnerBatchView):
    partner = "avatar-creator"
    reference_field = "projectId"
    count_field = "totalAvatars"

    @extend_schema(
        tags=[openapi.TAG],
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
            **openapi.batch_errors(),
        },
    )
    def post(self, request: Request) -> Response:
        fields = self.body(AvatarBatchSerializer)
        return self.start(fields, path=f"projects/{part(fields['projectId'])}/avatars")
