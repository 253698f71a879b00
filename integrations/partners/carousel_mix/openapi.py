"""OpenAPI description of Carousel Mix's endpoint."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from common.http.openapi import IDEMPOTENCY_KEY, success
from integrations.partners.carousel_mix.serializers import (
    CarouselBatchSerializer,
    StartedSlidesSerializer,
)
from integrations.partners.openapi import TAG, batch_errors

_EXAMPLE = {
    "batchId": "batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "carouselId": "car_42",
    "totalSlides": 6,
    "totalCredits": 48,
    "discountPercentage": 0,
}

start_batch = extend_schema(
    tags=[TAG],
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
        **batch_errors(),
    },
)
