"""`POST /background-remover/try`: one picture, one small result, nothing to log in to."""

from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from accounts.services.local import local_account
from billing.pricing import Tier
from common.http.errors import (
    FileTooLarge,
    InvalidFileType,
    InvalidInput,
    MissingRequiredField,
    RateLimited,
    ServiceUnavailable,
)
from common.http.openapi import errors
from common.http.parsers import FormParser
from common.http.request_id import current_request_id
from common.http.serializers import StrictSerializer
from common.http.views import ApiView
from integrations.compat import delivery
from removal import keys, lifecycle, services
from removal.errors import NoSubjectFound, StillProcessing
from removal.intake import RemovalRequest, Upload

SOURCE = "trial"
# The pixels of a result, as of remove.bg's previews.
PREVIEW_PIXELS = 250_000


class TrialSerializer(StrictSerializer):
    image = serializers.FileField(help_text="One photo; its result has at most 0.25 megapixels.")


class TrialView(ApiView):
    # A login that a browser has does not matter here: visitors are limited by their network.
    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser]
    rate_policy = "trial"

    @extend_schema(
        tags=["Background removal"],
        summary="Try it without an account",
        description=(
            "The background of one photo is removed at the tier standard, free of charge and "
            "without a watermark. The answer is a PNG of at most 0.25 megapixels. A few times an "
            "hour from one network; the photo may have `TRIAL_MAX_BYTES`, 5 MiB by default. Photo "
            "and result are deleted as those of customers are."
        ),
        request={"multipart/form-data": TrialSerializer},
        responses={
            (200, "image/png"): OpenApiResponse(OpenApiTypes.BINARY, description="The result"),
            **errors(
                InvalidInput,
                MissingRequiredField,
                FileTooLarge,
                InvalidFileType,
                NoSubjectFound,
                RateLimited,
                ServiceUnavailable,
            ),
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        given = self.body(TrialSerializer)
        job = services.remove(
            user=local_account(),
            request=_order(given["image"]),
            patience_s=settings.SINGLE_TIMEOUT_S,
            now=timezone.now(),
        )
        if not lifecycle.is_terminal(job.status):
            raise StillProcessing(job)
        name = keys.download_name(job.filename, "png")
        return delivery.file_answer(request, job.published_key, content_type="image/png", name=name)


def _order(file: Any) -> RemovalRequest:
    return RemovalRequest(
        image=Upload(file, file.name or "photo"),
        tier=Tier.STANDARD,
        fields={"max_result_pixels": PREVIEW_PIXELS},
        request_id=current_request_id(),
        source=SOURCE,
        free=True,
    )
