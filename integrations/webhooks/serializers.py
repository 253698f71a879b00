"""Input and documented answers of the webhook endpoints."""

from typing import Any

from rest_framework import serializers

from common.http.fields import choice
from common.http.pagination import PageQuerySerializer, PaginationSerializer
from integrations.webhooks.events import EVENTS
from integrations.webhooks.models import DeliveryStatus

STATUSES = [(status.value, status.value) for status in DeliveryStatus]


class SecretSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="`whsec_` and base64")
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(allow_null=True)


class SecretsSerializer(serializers.Serializer[Any]):
    current = SecretSerializer()
    previous = SecretSerializer(allow_null=True)


class DeliveriesQuery(PageQuerySerializer):
    batchId = serializers.CharField(
        max_length=40, required=False, help_text="Only those of this batch."
    )
    jobId = serializers.CharField(
        max_length=40, required=False, help_text="Only those of this single removal."
    )
    status = choice(DeliveryStatus, required=False, help_text="Only those in this state.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "batchId" in attrs and "jobId" in attrs:
            raise serializers.ValidationError({"jobId": "send batchId or jobId, not both"})
        return attrs


class DeliverySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Sent as `webhook-id`")
    event = serializers.ChoiceField(choices=[(event, event) for event in EVENTS])
    batchId = serializers.CharField(allow_null=True, help_text="Of an event of a batch.")
    jobId = serializers.CharField(allow_null=True, help_text="Of an event of a single removal.")
    url = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    attempts = serializers.IntegerField()
    nextAttemptAt = serializers.DateTimeField(allow_null=True)
    responseStatus = serializers.IntegerField(allow_null=True)
    responseExcerpt = serializers.CharField()
    error = serializers.CharField()
    createdAt = serializers.DateTimeField()
    endedAt = serializers.DateTimeField(allow_null=True)


class DeliveriesSerializer(serializers.Serializer[Any]):
    deliveries = DeliverySerializer(many=True)
    pagination = PaginationSerializer()
