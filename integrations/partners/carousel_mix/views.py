"""Carousel Mix: the slides of a carousel as one batch."""

from rest_framework.request import Request
from rest_framework.response import Response

from integrations.partners.carousel_mix import openapi
from integrations.partners.carousel_mix.serializers import CarouselBatchSerializer
from integrations.partners.client import part
from integrations.partners.views import PartnerBatchView


class CarouselBatchView(PartnerBatchView):
    partner = "carousel-mix"
    reference_field = "carouselId"
    count_field = "totalSlides"

    @openapi.start_batch
    def post(self, request: Request) -> Response:
        fields = self.body(CarouselBatchSerializer)
        return self.start(fields, path=f"carousels/{part(fields['carouselId'])}/slides")
