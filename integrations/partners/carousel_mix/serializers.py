"""Input and documented answer of Carousel Mix's endpoint."""

from rest_framework import serializers

from integrations.partners.serializers import PartnerBatchSerializer, StartedSerializer, reference


class CarouselBatchSerializer(PartnerBatchSerializer):
    carouselId = reference("The carousel whose slides are cut out.")


class StartedSlidesSerializer(StartedSerializer):
    carouselId = serializers.CharField()
    totalSlides = serializers.IntegerField()
