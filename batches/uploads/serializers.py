"""Input and documented answers of the upload endpoints."""

from typing import Any

from rest_framework import serializers

from batches.uploads.queries import UploadStatus
from batches.uploads.storage_keys import SUFFIXES
from common.http.fields import choice
from common.http.pagination import PaginationSerializer
from common.http.serializers import StrictSerializer

Shape = serializers.Serializer[Any]
# Sizes above the limit of an image are refused with that limit; above this they are malformed.
_MOST = 2**53 - 1
STATUSES = [*UploadStatus]
_WHOLE = "use a whole number of bytes, at least 1"


def _reference() -> serializers.CharField:
    return serializers.CharField(
        required=False,
        max_length=200,
        help_text="Your own mark by which you find the file in the listing again.",
    )


class FileSerializer(StrictSerializer):
    """One file that is about to be uploaded."""

    filename = serializers.CharField(
        max_length=1000, help_text="Names the result in the ZIP; folders in it are dropped."
    )
    contentType = choice(SUFFIXES)
    size = serializers.IntegerField(
        min_value=1,
        max_value=_MOST,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_string_length"), _WHOLE
        ),
        help_text="Bytes, at most 10 MB.",
    )
    reference = _reference()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self.refuse_unknown(data)
        return super().to_internal_value(data)


class AnnounceSerializer(StrictSerializer):
    """1 to 500 files, at most 2 GB together."""

    files = serializers.ListField(child=FileSerializer())


class AddressSerializer(StrictSerializer):
    """One image to be fetched."""

    url = serializers.CharField(
        max_length=2048, help_text="http or https; no user name, no private network."
    )
    filename = serializers.CharField(
        required=False,
        max_length=1000,
        help_text="Names the result in the ZIP; without it the end of the address does.",
    )
    reference = _reference()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self.refuse_unknown(data)
        return super().to_internal_value(data)


class AddressesSerializer(StrictSerializer):
    """1 to 500 addresses, each once."""

    images = serializers.ListField(child=AddressSerializer())


class DiscardSerializer(StrictSerializer):
    """1 to 1000 identifiers."""

    uploadIds = serializers.ListField(
        child=serializers.CharField(max_length=64), allow_empty=False, max_length=1000
    )


class LinkQuerySerializer(StrictSerializer):
    expires = serializers.CharField(
        required=False, max_length=20, help_text="Part of the address that was handed out."
    )
    signature = serializers.CharField(
        required=False, max_length=100, help_text="Part of the address that was handed out."
    )


class SlotSerializer(Shape):
    uploadId = serializers.CharField()
    filename = serializers.CharField()
    method = serializers.ChoiceField(["PUT"])
    url = serializers.CharField(help_text="Takes the file once, without any login.")
    headers = serializers.DictField(
        child=serializers.CharField(),
        help_text="Send these as they are; the Content-Length must be the announced size.",
    )
    expiresAt = serializers.DateTimeField(
        help_text="Until then the file must have arrived and a batch must have started with it."
    )


class SlotsSerializer(Shape):
    uploads = SlotSerializer(many=True)


class UploadErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()


class UploadSerializer(Shape):
    uploadId = serializers.CharField()
    filename = serializers.CharField(help_text="Empty once a batch has used it.")
    reference = serializers.CharField(allow_null=True, help_text="As it was announced.")
    url = serializers.CharField(
        allow_null=True, help_text="Where it is fetched from; null once a batch has used it."
    )
    contentType = serializers.ChoiceField(
        [*SUFFIXES], allow_null=True, help_text="Null until an image has been fetched."
    )
    size = serializers.IntegerField(
        allow_null=True, help_text="Bytes; null until an image has been fetched."
    )
    status = serializers.ChoiceField(STATUSES)
    error = UploadErrorSerializer(
        allow_null=True, help_text="Why the image could not be fetched, once `failed`."
    )
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField()
    usedAt = serializers.DateTimeField(allow_null=True)


class TargetSerializer(Shape):
    method = serializers.ChoiceField(["PUT"])
    url = serializers.CharField()
    headers = serializers.DictField(child=serializers.CharField())


class ListedUploadSerializer(UploadSerializer):
    sendTo = TargetSerializer(
        allow_null=True, help_text="While it is `pending`: where the file goes, as announced."
    )


class OpenUploadsSerializer(Shape):
    uploads = ListedUploadSerializer(many=True)
    pagination = PaginationSerializer()


class AddressesAcceptedSerializer(Shape):
    uploads = UploadSerializer(many=True)


class DiscardedSerializer(Shape):
    deleted = serializers.ListField(child=serializers.CharField())


class ReceivedSerializer(Shape):
    uploadId = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")


class DeletedSerializer(Shape):
    uploadId = serializers.CharField()
    deleted = serializers.BooleanField(default=True)
