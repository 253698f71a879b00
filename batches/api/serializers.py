"""Input and documented answers of the batch endpoints."""

import unicodedata
from typing import Any

from rest_framework import serializers

from batches.errors import FailureCode
from batches.lifecycle import BatchStatus
from billing.pricing import BATCH_MAX, BATCH_MIN, Tier
from common.http.fields import callback, choice
from common.http.listing import ListingQuerySerializer
from common.http.pagination import PageQuerySerializer, PaginationSerializer
from removal.engine.headers import ACCEPTED
from removal.lifecycle import JobStatus
from removal.serializers.answers import JobSerializer
from removal.serializers.requests import NO_FILE, RemoveSerializer

Shape = serializers.Serializer[Any]

MAX_NAME = 120
STATUSES = [*BatchStatus]


def _is_shown(character: str) -> bool:
    return character.isspace() or not unicodedata.category(character).startswith("C")


class StartSerializer(RemoveSerializer):
    """A batch to start: `images` or `uploadIds`, the tier, and how the results should look."""

    image = None  # type: ignore[assignment]
    image_url = None  # type: ignore[assignment]
    image_b64 = None  # type: ignore[assignment]
    images = serializers.ListField(
        child=serializers.FileField(
            allow_empty_file=True,
            error_messages={"invalid": NO_FILE, "no_name": "a file has no name"},
        ),
        required=False,
        allow_empty=False,
        help_text=f"{BATCH_MIN} to {BATCH_MAX} files: {ACCEPTED}, each at most 10 MB, "
        "25 megapixels and 65,500 pixels a side, 2 GB together. This or `uploadIds`.",
    )
    uploadIds = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        allow_empty=False,
        help_text="Identifiers from `POST /background-remover/uploads`, instead of `images`.",
    )
    name = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NAME, help_text="For your own lists."
    )
    webhookUrl = callback("Where the result is announced, signed.")

    def validate_name(self, value: str) -> str:
        """One line without control characters: it goes into mails and lists."""
        shown = (" " if char.isspace() else char for char in value if _is_shown(char))
        return " ".join("".join(shown).split())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("images", "uploadIds") if name in attrs]
        if not given:
            raise serializers.ValidationError(
                {"images": "Send images or uploadIds"}, code="required"
            )
        if len(given) > 1:
            raise serializers.ValidationError({"uploadIds": "Send images or uploadIds, not both"})
        return attrs


class StartByUploadsSerializer(StartSerializer):
    """The same without files, which JSON cannot carry."""

    images = None  # type: ignore[assignment]
    bg_image = None  # type: ignore[assignment]
    uploadIds = serializers.ListField(
        child=serializers.CharField(max_length=64),
        allow_empty=False,
        help_text=f"{BATCH_MIN} to {BATCH_MAX} identifiers from "
        "`POST /background-remover/uploads`.",
    )


class BatchesQuerySerializer(ListingQuerySerializer):
    """Narrowing and ordering of a listing."""

    status = choice(STATUSES, required=False, help_text="Only those in this state.")
    tier = choice(Tier, required=False, help_text="Only those of this tier.")
    search = serializers.CharField(
        required=False,
        max_length=MAX_NAME,
        help_text="Only those whose name has this in it, in upper or lower case.",
    )


class ItemsQuerySerializer(PageQuerySerializer):
    status = choice(JobStatus, required=False, help_text="Only those in this state.")


class StartPricingSerializer(Shape):
    baseCreditsPerImage = serializers.IntegerField()
    baseTotal = serializers.IntegerField()
    discountPercentage = serializers.IntegerField()
    discountAmount = serializers.IntegerField()
    finalTotal = serializers.IntegerField(help_text="Set aside until the batch has ended.")
    creditsPerImageAfterDiscount = serializers.FloatField(help_text="Rounded to 4 decimals.")


class StartedBatchSerializer(Shape):
    batchId = serializers.CharField()
    totalImages = serializers.IntegerField()
    tier = serializers.ChoiceField([*Tier])
    pricing = StartPricingSerializer()
    estimatedCompletionMinutes = serializers.IntegerField(
        help_text="From measured throughput and the queue; 0 when the batch has ended."
    )
    status = serializers.ChoiceField(STATUSES)
    createdAt = serializers.DateTimeField()


class ProgressSerializer(Shape):
    totalImages = serializers.IntegerField()
    processedImages = serializers.IntegerField(help_text="Finished with a result.")
    failedImages = serializers.IntegerField()
    cancelledImages = serializers.IntegerField()
    percentage = serializers.IntegerField(
        help_text="`floor(100·(processedImages+failedImages)/totalImages)`."
    )


class BatchPricingSerializer(Shape):
    totalCredits = serializers.IntegerField(help_text="Set aside until the batch has ended.")
    discountPercentage = serializers.IntegerField()
    creditsUsed = serializers.IntegerField(
        help_text="Charged when the batch ended, for the finished images alone."
    )


class TimingSerializer(Shape):
    createdAt = serializers.DateTimeField()
    startedAt = serializers.DateTimeField(allow_null=True)
    estimatedCompletionAt = serializers.DateTimeField(allow_null=True)


class BatchErrorSerializer(Shape):
    code = serializers.ChoiceField([*FailureCode])
    message = serializers.CharField()


class BatchSerializer(Shape):
    batchId = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(
        STATUSES, help_text="`zipping`: every image has ended, the archive is being written."
    )
    tier = serializers.ChoiceField([*Tier])
    progress = ProgressSerializer()
    pricing = BatchPricingSerializer()
    timing = TimingSerializer()
    zipUrl = serializers.CharField(allow_null=True, help_text="Signed, short-lived.")
    zipSizeBytes = serializers.IntegerField(allow_null=True)
    error = BatchErrorSerializer(allow_null=True)
    retryOf = serializers.CharField(allow_null=True, help_text="The batch that this one repeats.")
    retryBatchId = serializers.CharField(
        allow_null=True, help_text="The batch that repeats the failed images of this one."
    )
    cancelRequestedAt = serializers.DateTimeField(allow_null=True)
    completedAt = serializers.DateTimeField(allow_null=True)
    expiredAt = serializers.DateTimeField(allow_null=True)
    erasedAt = serializers.DateTimeField(allow_null=True)


class BatchSummarySerializer(Shape):
    batchId = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(STATUSES)
    tier = serializers.ChoiceField([*Tier])
    totalImages = serializers.IntegerField()
    processedImages = serializers.IntegerField()
    failedImages = serializers.IntegerField()
    percentage = serializers.IntegerField()
    totalCredits = serializers.IntegerField()
    creditsUsed = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    completedAt = serializers.DateTimeField(allow_null=True)


class BatchListSerializer(Shape):
    batches = BatchSummarySerializer(many=True)
    pagination = PaginationSerializer()


class BatchItemSerializer(JobSerializer):
    filename = serializers.CharField(allow_null=True)
    price = serializers.IntegerField(
        help_text="Until the batch has ended, the image's part of what is held; then, if it "
        "finished, what it costs."
    )
    zipName = serializers.CharField(allow_null=True, help_text="What it is called in the ZIP.")


class BatchItemsSerializer(Shape):
    items = BatchItemSerializer(many=True)
    pagination = PaginationSerializer()
