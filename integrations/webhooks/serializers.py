"""Input and documented answers of the webhook endpoints."""

from typing import Any

from rest_framework import serializers

from common.http.fields import choice, switch
from common.http.pagination import MAX_LIMIT, PageQuerySerializer, PaginationSerializer
from common.http.serializers import StrictSerializer
from common.outbound import callbacks
from integrations.models import DeliveryStatus, DisabledReason
from integrations.webhooks import catalogue
from integrations.webhooks.endpoints import DEFAULT_OVERLAP_H, LONGEST_OVERLAP_H

SENT = (*catalogue.EVENTS, catalogue.TEST)
STATUSES = [(status.value, status.value) for status in DeliveryStatus]


class SecretSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="`whsec_` and base64")
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(allow_null=True)


class SecretsSerializer(serializers.Serializer[Any]):
    current = SecretSerializer()
    previous = SecretSerializer(allow_null=True)


def _url(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=callbacks.MAX_LENGTH,
        help_text="Where to post: `https://` and a public host; at most 2000 bytes.",
        **kwargs,
    )


def _events(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(
        child=choice(catalogue.FILTERS),
        min_length=1,
        max_length=len(catalogue.FILTERS),
        help_text="Events, families such as `job.*`, or `*` for everything.",
        **kwargs,
    )


def _description(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=200, help_text="For your own orientation.", required=False, **kwargs
    )


class NewEndpointSerializer(StrictSerializer):
    url = _url()
    events = _events(required=False, default=[catalogue.ALL])
    description = _description(default="", allow_blank=True)
    active = switch(required=False, default=True, help_text="Whether events are posted.")


class ChangeEndpointSerializer(StrictSerializer):
    url = _url(required=False)
    events = _events(required=False)
    description = _description(allow_blank=True)
    active = switch(required=False, help_text="Whether events are posted.")

    def _is_absent(self, name: str, value: Any) -> bool:
        # An empty description is a change: it clears the one there was.
        clears = name == "description" and value == ""
        return not clears and super()._is_absent(name, value)


class RotateSecretSerializer(StrictSerializer):
    overlapHours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP_H,
        default=DEFAULT_OVERLAP_H,
        help_text="For how long the old secret goes on signing.",
    )


class EndpointSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="`hook_…`")
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=catalogue.FILTERS))
    active = serializers.BooleanField()
    failingSince = serializers.DateTimeField(
        allow_null=True, help_text="When attempts began to fail, if none has succeeded since."
    )
    disabledAt = serializers.DateTimeField(
        allow_null=True, help_text="When the service turned it off, if it did."
    )
    disabledReason = serializers.ChoiceField(
        choices=[reason.value for reason in DisabledReason],
        allow_null=True,
        help_text="`failing`: no attempt succeeded for days; `gone`: it answered 410; `operator`.",
    )
    previousSecretExpiresAt = serializers.DateTimeField(
        allow_null=True, help_text="Until when the secret before this one signs, too."
    )
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class IssuedEndpointSerializer(EndpointSerializer):
    secret = serializers.CharField(help_text="`whsec_` and base64; shown this once")


class DeletedEndpointSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    deleted = serializers.BooleanField()


class EventKindSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="As a filter names it.")
    description = serializers.CharField()


class EndpointsSerializer(serializers.Serializer[Any]):
    endpoints = EndpointSerializer(many=True)
    limit = serializers.IntegerField(help_text="How many endpoints an account may have.")
    availableEvents = EventKindSerializer(many=True)


class EventsQuery(StrictSerializer):
    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="Only those with a higher number."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=MAX_LIMIT, help_text="How many at most."
    )
    type = choice(catalogue.EVENTS, required=False, help_text="Only those of this type.")


class EventSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=list(catalogue.EVENTS))
    id = serializers.CharField(help_text="`evt_…`, sent as `webhook-id`")
    sequence = serializers.IntegerField(help_text="The event's number within the account.")
    timestamp = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]  # a field of that name


class EventsSerializer(serializers.Serializer[Any]):
    events = EventSerializer(many=True)
    nextAfter = serializers.IntegerField(help_text="`after` of the next request.")
    hasMore = serializers.BooleanField()
    oldestSequence = serializers.IntegerField(
        allow_null=True, help_text="The lowest number of all events that are kept."
    )
    latestSequence = serializers.IntegerField(help_text="The highest number given so far.")


class DeliveriesQuery(PageQuerySerializer):
    endpoint = serializers.CharField(
        max_length=40, required=False, help_text="Only those to this endpoint, `hook_…`."
    )
    event = choice(SENT, required=False, help_text="Only those of this event.")
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
    id = serializers.CharField(help_text="`dlv_…`")
    event = serializers.ChoiceField(choices=SENT)
    eventId = serializers.CharField(help_text="`evt_…`, sent as `webhook-id`")
    sequence = serializers.IntegerField(
        allow_null=True, help_text="The event's number within the account."
    )
    endpointId = serializers.CharField(
        allow_null=True, help_text="Null where it goes to the `webhookUrl` of a job or batch."
    )
    batchId = serializers.CharField(allow_null=True, help_text="Of an event of a batch.")
    jobId = serializers.CharField(allow_null=True, help_text="Of an event of a single removal.")
    url = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    attempts = serializers.IntegerField()
    nextAttemptAt = serializers.DateTimeField(allow_null=True)
    responseStatus = serializers.IntegerField(allow_null=True)
    responseExcerpt = serializers.CharField()
    error = serializers.CharField()
    durationMs = serializers.IntegerField(allow_null=True, help_text="Of the last attempt.")
    createdAt = serializers.DateTimeField()
    endedAt = serializers.DateTimeField(allow_null=True)


class AttemptSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    durationMs = serializers.IntegerField()
    requestHeaders = serializers.DictField(child=serializers.CharField())
    responseStatus = serializers.IntegerField(allow_null=True)
    responseExcerpt = serializers.CharField()
    error = serializers.CharField()


class WholeDeliverySerializer(DeliverySerializer):
    body = serializers.CharField(help_text="The text that was signed and sent.")
    log = AttemptSerializer(many=True)


class DeliveriesSerializer(serializers.Serializer[Any]):
    deliveries = DeliverySerializer(many=True)
    pagination = PaginationSerializer()
