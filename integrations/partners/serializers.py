"""Input and documented answers of the partner endpoints."""

from typing import Any

from rest_framework import serializers

from billing.pricing import Tier
from common.http.fields import callback, choice
from common.http.serializers import StrictSerializer

MAX_REFERENCE = 200


def reference(help_text: str) -> serializers.CharField:
    """The partner's identifier of what is asked for."""
    return serializers.CharField(max_length=MAX_REFERENCE, help_text=help_text)


class PartnerRemovalSerializer(StrictSerializer):
    """The tier, and where the result is posted; each partner adds its identifier."""

    tier = choice(Tier)
    webhookUrl = callback("Where the result is announced to you, signed.")


class PartnerBatchSerializer(PartnerRemovalSerializer):
    name = serializers.CharField(
        required=False, allow_blank=True, max_length=120, help_text="For your own lists."
    )


class StartedSerializer(serializers.Serializer[Any]):
    """The answer to a batch of a partner's images."""

    batchId = serializers.CharField(help_text="Follow it at `GET /background-remover/batch/{id}`.")
    totalCredits = serializers.IntegerField(help_text="Set aside until the batch has ended.")
    discountPercentage = serializers.IntegerField(
        help_text="The volume discount. The partner's own rate is in `totalCredits` already."
    )


class RemovedSerializer(serializers.Serializer[Any]):
    """The answer to a single removal for a partner."""

    jobId = serializers.CharField()
    processedUrl = serializers.CharField(help_text="Signed; opens without a login.")
    creditsUsed = serializers.IntegerField()


class UnfinishedSerializer(serializers.Serializer[Any]):
    """The answer while the job is still under way."""

    jobId = serializers.CharField()
    status = serializers.CharField()
    statusUrl = serializers.CharField(help_text="Where to ask for the job's state.")
