"""Carousel Mix: the slides of a carousel as one batch."""

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
    "carouselId": "car_42",
    "totalSlides": 6,
    "totalCredits": 48,
    "discountPercentage": 0,
}


class CarouselBatchSerializer(PartnerBatchSerializer):
    carouselId = reference("The carousel whose slides are cut out.")


class StartedSlidesSerializer(StartedSerializer):
    carouselId = serializers.CharField()
    totalSlides = serializers.IntegerField()


class CarouselBatchView(PartnerBatchView):
    partner = "carousel-mix"
    reference_field = "carouselId"
    count_field = "totalSlides"

    @extend_schema(
        tags=[openapi.TAG],
        summary="Cut out all slides of a Carousel Mix carousel",
        description=(
            "Loads the carousel's 2 to 500 slides from the partner and starts a batch of them. "
            "A slide that cannot be loaded becomes a failed item and costs nothing."
        ),
        parameters=[IDEMPOTENCY_KEY],
        request=CarouselBatchSerializer,
        examples=[
            OpenApiExample(
                "A carousel", value={"carouselId": "car_42", "tier": "standard"}, request_only=True
            )
        ],
        responses={
            201: success("CarouselBatchStarted", StartedSlidesSerializer, example=_EXAMPLE),
            **openapi.batch_errors(),
        },
    )
    def post(self, request: Request) -> Response:
        fields = self.body(CarouselBatchSerializer)
        return self.start(fields, path=f"carousels/{part(fields['carouselId'])}/slides")
