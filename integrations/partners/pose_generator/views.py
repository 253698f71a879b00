"""Pose Generator: the background of one generated image is removed."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.openapi import IDEMPOTENCY_KEY, success
from integrations.partners import openapi
from integrations.partners.client import part
from integrations.partners.serializers import (
    PartnerRemovalSerializer,
    RemovedSerializer,
    UnfinishedSerializer,
    reference,
)
from integrations.partners.views import PartnerSingleView

_EXAMPLE = {
    "jobId": "job_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "generatedImageId": "pose_gen_001",
    "processedUrl": "/processed/background-remover/user_01jhmz/"
    "job_01jhmz7v-removed-1-5f0c6a9be2d14b7f8c03d1e9a4f7b262.png?expires=1736940600&signature=…",
    "creditsUsed": 8,
}


class PoseSerializer(PartnerRemovalSerializer):
    generatedImageId = reference("The generated image whose background is removed.")


class RemovedPoseSerializer(RemovedSerializer):
    generatedImageId = serializers.CharField()


class AutoRemoveView(PartnerSingleView):
    partner = "pose-generator"
    reference_field = "generatedImageId"

    @extend_schema(
        tags=[openapi.TAG],
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
            **openapi.single_errors(),
        },
    )
    def post(self, request: Request) -> Response:
        fields = self.body(PoseSerializer)
        return self.remove(fields, path=f"generated-images/{part(fields['generatedImageId'])}")
