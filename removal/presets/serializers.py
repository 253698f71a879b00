"""Input and documented answers of the preset endpoints."""

from typing import Any

from rest_framework import serializers

from common.http.serializers import StrictSerializer
from removal.serializers.requests import OptionsSerializer

Shape = serializers.Serializer[Any]
NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"


class _TitleSerializer(StrictSerializer):
    title = serializers.CharField(
        required=False, max_length=60, help_text="For people; the name if it is left out."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = self.initial_data.get("options")
        if isinstance(given, dict):
            OptionsSerializer().refuse_unknown(given)
        return attrs


class NewPresetSerializer(_TitleSerializer):
    """Output options to save under a name."""

    name = serializers.RegexField(
        NAME,
        error_messages={"invalid": "use 1 to 40 of a-z, 0-9 and -, not beginning with -"},
        help_text="What `preset` will say: up to 40 of `a-z`, `0-9` and `-`.",
    )
    options = OptionsSerializer(help_text="Output options as a removal takes them.")


class ChangedPresetSerializer(_TitleSerializer):
    """Another title, other options, or both; the options replace the old ones."""

    options = OptionsSerializer(required=False)


class PresetSerializer(Shape):
    name = serializers.CharField()
    title = serializers.CharField()
    builtIn = serializers.BooleanField()
    options = serializers.DictField()
    source = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="Where a marketplace publishes the rules of a built-in one."
    )
    updatedAt = serializers.DateTimeField(allow_null=True)


class PresetListSerializer(Shape):
    presets = PresetSerializer(many=True)
    maxPresets = serializers.IntegerField(help_text="The most that an account may save.")
