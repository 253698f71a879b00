"""Input and documented answer of the Image Upscaler's endpoint."""

from typing import Any

from rest_framework import serializers

from common.http.fields import choice
from integrations.partners.image_upscaler.services import FACTORS, StepOrder
from integrations.partners.serializers import RemovedSerializer
from removal.engine.types import OutputFormat
from removal.serializers.requests import SingleByAddressSerializer, SingleSerializer


class PipelineFields(serializers.Serializer[Any]):
    """The fields beside those of a single removal."""

    order = choice(
        StepOrder,
        required=False,
        help_text="`remove-first` (default) enlarges the cut-out, `upscale-first` cuts out the "
        "enlarged picture, which shows finer edges.",
    )
    factor = choice(map(str, FACTORS), required=False, help_text="Of both sides: 2 (default) or 4.")


class PipelineSerializer(PipelineFields, SingleSerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        first = attrs.get("order", StepOrder.REMOVE_FIRST)
        if first == StepOrder.REMOVE_FIRST and attrs.get("format") == OutputFormat.ZIP:
            raise serializers.ValidationError(
                {"format": "a zip cannot be enlarged; use png, webp or jpg, or upscale-first"}
            )
        return attrs


class PipelineByAddressSerializer(PipelineFields, SingleByAddressSerializer):
    pass


class RemovedAndUpscaledSerializer(RemovedSerializer):
    order = serializers.ChoiceField([*StepOrder])
    factor = serializers.IntegerField()
