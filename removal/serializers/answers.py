"""The documented shapes of answers, used by the OpenAPI schema."""

from typing import Any

from rest_framework import serializers

from billing.pricing import Tier
from common.http.pagination import PaginationSerializer
from removal.lifecycle import JobStatus

Shape = serializers.Serializer[Any]

STATUSES = [*JobStatus]


class ResultMetadataSerializer(Shape):
    originalSize = serializers.IntegerField(help_text="Bytes.")
    processedSize = serializers.IntegerField(help_text="Bytes.")
    width = serializers.IntegerField(help_text="Pixels of the result.")
    height = serializers.IntegerField(help_text="Pixels of the result.")
    format = serializers.CharField(help_text="Of the result.")


class RemovalSerializer(Shape):
    jobId = serializers.CharField()
    originalUrl = serializers.CharField(allow_null=True, help_text="Signed, short-lived.")
    processedUrl = serializers.CharField(allow_null=True, help_text="Signed, short-lived.")
    creditsUsed = serializers.IntegerField()
    pricingType = serializers.ChoiceField(["credits", "subscription"])
    processingTimeMs = serializers.IntegerField()
    tier = serializers.ChoiceField([*Tier])
    metadata = ResultMetadataSerializer()


class OriginalMetadataSerializer(Shape):
    fileSizeBytes = serializers.IntegerField()
    width = serializers.IntegerField(help_text="Pixels of the original.")
    height = serializers.IntegerField(help_text="Pixels of the original.")
    format = serializers.CharField(
        help_text="Of the original: jpg, png, webp, heic, avif, tiff, bmp or gif."
    )


class JobErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()


class PreviewSerializer(Shape):
    small = serializers.CharField(help_text="WebP of 256 pixels on its long side. Signed.")
    large = serializers.CharField(help_text="WebP of 1024 pixels on its long side. Signed.")


class PreviewsSerializer(Shape):
    original = PreviewSerializer(
        allow_null=True, help_text="Null once the original is no longer kept."
    )
    result = PreviewSerializer()


class JobSummarySerializer(Shape):
    id = serializers.CharField()
    batchId = serializers.CharField(allow_null=True, help_text="Null for a single.")
    filename = serializers.CharField(allow_null=True, help_text="As it was sent.")
    tier = serializers.ChoiceField([*Tier])
    status = serializers.ChoiceField(STATUSES)
    creditsUsed = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    expiredAt = serializers.DateTimeField(allow_null=True)
    erasedAt = serializers.DateTimeField(allow_null=True)
    error = JobErrorSerializer(allow_null=True)
    reportedAt = serializers.DateTimeField(
        allow_null=True, help_text="When its owner called the result bad."
    )
    retryJobId = serializers.CharField(
        allow_null=True, help_text="The free retry of an image whose result was bad."
    )
    retryOf = serializers.CharField(
        allow_null=True, help_text="The job whose result was bad, at its free retry."
    )
    version = serializers.IntegerField(
        help_text="The rendering that `processedUrl` opens: 1 is the first result."
    )
    editable = serializers.BooleanField(
        help_text="True while the mask can be fetched and other versions rendered, free."
    )
    previews = PreviewsSerializer(
        allow_null=True,
        help_text="Null until the result may be read, for a moment after, and once it is gone.",
    )


class JobSerializer(JobSummarySerializer):
    originalUrl = serializers.CharField(allow_null=True)
    processedUrl = serializers.CharField(
        allow_null=True,
        help_text="Signed, short-lived; null until the image, or the batch that it belongs to, is "
        "paid for.",
    )
    pricingType = serializers.ChoiceField(["credits", "subscription"])
    processingTimeMs = serializers.IntegerField(allow_null=True)
    aiProvider = serializers.CharField(
        allow_null=True, help_text="`local`, or the remote provider that did the work."
    )
    modelName = serializers.CharField(allow_null=True)
    modelVersion = serializers.CharField(
        allow_null=True, help_text="The beginning of the model file's checksum."
    )
    engine = serializers.CharField(allow_null=True, help_text="What computed it.")
    device = serializers.ChoiceField(["cpu", "gpu"], allow_null=True)
    metadata = OriginalMetadataSerializer()
    completedAt = serializers.DateTimeField(allow_null=True)


class ReportedSerializer(Shape):
    jobId = serializers.CharField()
    reportedAt = serializers.DateTimeField()
    retry = JobSerializer(allow_null=True, help_text="Null where no tier is above.")


class AcceptedSerializer(JobSerializer):
    jobId = serializers.CharField(help_text="The same as `id`.")
    statusUrl = serializers.CharField(help_text="Ask here until `status` is a final one.")


class JobPaginationSerializer(PaginationSerializer):
    page = serializers.IntegerField(allow_null=True, help_text="Null behind a `cursor`.")
    nextCursor = serializers.CharField(
        allow_null=True, help_text="`cursor` of the next page; null where there is none."
    )


class JobListSerializer(Shape):
    jobs = JobSummarySerializer(many=True)
    pagination = JobPaginationSerializer()
