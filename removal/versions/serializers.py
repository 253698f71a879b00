"""Input and documented answers of the endpoints of versions."""

from typing import Any

from rest_framework import serializers

from common.http.fields import switch
from removal.models import Version
from removal.serializers.answers import JobSerializer, PreviewSerializer, ResultMetadataSerializer
from removal.serializers.requests import NO_FILE, RemoveSerializer

Shape = serializers.Serializer[Any]


class VersionRequestSerializer(RemoveSerializer):
    """A corrected mask, output options, or both."""

    image = None  # type: ignore[assignment]
    image_b64 = None  # type: ignore[assignment]
    image_url = None  # type: ignore[assignment]
    tier = None  # type: ignore[assignment]
    model = None  # type: ignore[assignment]
    clean_mask = None  # type: ignore[assignment]
    mask = serializers.FileField(
        required=False,
        allow_empty_file=True,
        error_messages={"invalid": NO_FILE, "no_name": "the file has no name"},
        help_text="The mask as it should be: an 8-bit PNG as large as the original, grey, or with "
        "an alpha channel that is the mask. Without it the present mask stays.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"mask": "Send a mask, options, or both"})
        return attrs

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # The name is a keyword of Python and cannot be an attribute.
        at_once = switch(
            required=False, help_text="Answer 202 at once; the same as `Prefer: respond-async`."
        )
        return {**super().get_fields(), "async": at_once}


class VersionMetadataSerializer(ResultMetadataSerializer):
    originalSize = None  # type: ignore[assignment]


class VersionErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()


class VersionSerializer(Shape):
    version = serializers.IntegerField(help_text="1 is the first result.")
    status = serializers.ChoiceField(Version.Status.values)
    current = serializers.BooleanField(help_text="Whether the job's `processedUrl` opens it.")
    processedUrl = serializers.CharField(allow_null=True, help_text="Signed, short-lived.")
    preview = PreviewSerializer(allow_null=True)
    options = serializers.DictField()
    metadata = VersionMetadataSerializer(allow_null=True)
    error = VersionErrorSerializer(allow_null=True)
    createdAt = serializers.DateTimeField()
    completedAt = serializers.DateTimeField(allow_null=True)


class RenderedSerializer(Shape):
    version = VersionSerializer()
    job = JobSerializer()


class VersionListSerializer(Shape):
    versions = VersionSerializer(many=True)
