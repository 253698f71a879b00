"""The input of the trial."""

from rest_framework import serializers

from common.http.serializers import StrictSerializer


class TrialSerializer(StrictSerializer):
    image = serializers.FileField(help_text="One photo; its result has at most 0.25 megapixels.")
