"""Avatar Creator: the avatars of a project as one batch."""

from rest_framework.request import Request
from rest_framework.response import Response

from integrations.partners.avatar_creator import openapi
from integrations.partners.avatar_creator.serializers import AvatarBatchSerializer
from integrations.partners.client import part
from integrations.partners.views import PartnerBatchView


class AvatarBatchView(PartnerBatchView):
    partner = "avatar-creator"
    reference_field = "projectId"
    count_field = "totalAvatars"

    @openapi.start_batch
    def post(self, request: Request) -> Response:
        fields = self.body(AvatarBatchSerializer)
        return self.start(fields, path=f"projects/{part(fields['projectId'])}/avatars")
