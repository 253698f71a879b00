"""The part of an account's data export that concerns webhooks; signing secrets are left out."""

from collections.abc import Iterable

from common.account_export import File, table
from common.users import UserRef
from integrations.models import Delivery, Endpoint

_ENDPOINT = {
    "id": "public_id",
    "url": "url",
    "description": "description",
    "events": "events",
    "active": "active",
    "createdAt": "created_at",
    "disabledAt": "disabled_at",
}
_DELIVERY = {
    "id": "public_id",
    "event": "event",
    "subject": "subject",
    "url": "url",
    "status": "status",
    "responseStatus": "response_status",
    "createdAt": "created_at",
    "endedAt": "ended_at",
}


def files(*, user: UserRef) -> Iterable[File]:
    endpoints = Endpoint.objects.filter(user_id=user.pk).order_by("pk")
    yield table("webhook-endpoints.csv", endpoints, _ENDPOINT)
    # What is sent to a partner application concerns it and the operator alone, as in the API.
    deliveries = Delivery.objects.filter(user_id=user.pk, partner__isnull=True).order_by("pk")
    yield table("webhook-deliveries.csv", deliveries, _DELIVERY)
