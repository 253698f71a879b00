"""Pose Generator: the background of one generated image is removed."""

from rest_framework.request import Request
from rest_framework.response import Response

from integrations.partners.client import part
from integrations.partners.pose_generator import openapi
from integrations.partners.pose_generator.serializers import PoseSerializer
from integrations.partners.views import PartnerSingleView


class AutoRemoveView(PartnerSingleView):
    partner = "pose-generator"
    reference_field = "generatedImageId"

    @openapi.auto_remove
    def post(self, request: Request) -> Response:
        fields = self.body(PoseSerializer)
        return self.remove(fields, path=f"generated-images/{part(fields['generatedImageId'])}")
