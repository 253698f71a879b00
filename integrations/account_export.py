"""The part of an account's data export that concerns webhooks, without signing secrets, and the
pictures that were given to learn from.
"""

from collections.abc import Iterable

from common.account_export import File, table
from common.users import UserRef
from integrations.models import Contribution, Delivery, Endpoint

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
_CONTRIBUTION = {
    "id": "contribution_id",
    "filename": "filename",
    "tag": "tag",
    "createdAt": "created_at",
}


def files(*, user: UserRef) -> Iterable[File]:
    endpoints = Endpoint.objects.filter(user_id=user.pk).order_by("pk")
    yield table("webhook-endpoints.csv", endpoints, _ENDPOINT)
    # What is sent to a partner application concerns it and the operator alone, as in the API.
    deliveries = Delivery.objects.filter(user_id=user.pk, partner__isnull=True).order_by("pk")
    yield table("webhook-deliveries.csv", deliveries, _DELIVERY)
    given = Contribution.objects.filter(user_id=user.pk).order_by("created_at")
    yield table("pictures-to-learn-from.csv", given, _CONTRIBUTION)
