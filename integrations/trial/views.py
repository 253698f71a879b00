"""`POST /background-remover/try`: one picture, one small result, nothing to log in to."""

from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from accounts.services.local import local_account
from billing.pricing import Tier
from common.http.parsers import FormParser
from common.http.request_id import current_request_id
from common.http.views import ApiView
from integrations.compat import delivery
from integrations.trial import openapi
from integrations.trial.serializers import TrialSerializer
from removal import keys, lifecycle, services
from removal.errors import StillProcessing
from removal.intake import RemovalRequest, Upload

SOURCE = "trial"
# The pixels of a result, as of remove.bg's previews.
PREVIEW_PIXELS = 250_000


class TrialView(ApiView):
    # A login that a browser has does not matter here: visitors are limited by their network.
    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser]
    rate_policy = "trial"

    @openapi.try_out
    def post(self, request: Request) -> HttpResponseBase:
        given = self.body(TrialSerializer)
        job = services.remove(
            user=local_account(),
            request=_wanted(given["image"]),
            wait_s=settings.SINGLE_TIMEOUT_S,
            now=timezone.now(),
        )
        if not lifecycle.is_terminal(job.status):
            raise StillProcessing(job)
        name = keys.download_name(job.filename, "png")
        return delivery.file_answer(request, job.published_key, content_type="image/png", name=name)


def _wanted(file: Any) -> RemovalRequest:
    return RemovalRequest(
        image=Upload(file, file.name or "photo"),
        tier=Tier.STANDARD,
        fields={"max_result_pixels": PREVIEW_PIXELS},
        request_id=current_request_id(),
        source=SOURCE,
        free=True,
    )
