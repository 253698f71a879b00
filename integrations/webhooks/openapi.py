"""OpenAPI document of the webhook endpoints, and its list of the events that are posted."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from common.http.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import errors, success
from integrations.webhooks import catalogue, serializers

TAG = "Webhooks"
ENDPOINT_ID = OpenApiParameter("endpoint_id", str, OpenApiParameter.PATH, description="`hook_…`")
DELIVERY_ID = OpenApiParameter("delivery_id", str, OpenApiParameter.PATH, description="`dlv_…`")
_REFUSALS = (Unauthorized, Forbidden, NotFound, RateLimited)

ENDPOINT = {
    "id": "hook_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "url": "https://example.com/hooks/lumiku",
    "description": "Shop, production",
    "events": ["job.*", "batch.completed", "batch.failed"],
    "active": True,
    "failingSince": None,
    "disabledAt": None,
    "disabledReason": None,
    "previousSecretExpiresAt": None,
    "createdAt": "2025-01-15T10:00:00Z",
    "updatedAt": "2025-01-15T10:00:00Z",
}
ENDPOINTS = {
    "endpoints": [ENDPOINT],
    "limit": 10,
    "availableEvents": [
        {"name": "job.completed", "description": "A single removal has finished."},
    ],
}
ISSUED_ENDPOINT = {**ENDPOINT, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD..."}
ROTATED_ENDPOINT = {**ISSUED_ENDPOINT, "previousSecretExpiresAt": "2025-01-16T10:00:00Z"}
NEW_ENDPOINT = OpenApiExample(
    "Example",
    value={
        "url": ENDPOINT["url"],
        "events": ENDPOINT["events"],
        "description": ENDPOINT["description"],
    },
    request_only=True,
)
CHANGE_ENDPOINT = OpenApiExample("Example", value={"active": False}, request_only=True)

SECRETS = {
    "current": {
        "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD...",
        "createdAt": "2025-01-15T10:30:00Z",
        "expiresAt": None,
    },
    "previous": None,
}
DELIVERY = {
    "id": "dlv_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "event": "batch.completed",
    "eventId": "evt_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "sequence": 42,
    "endpointId": ENDPOINT["id"],
    "batchId": "batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "jobId": None,
    "url": "https://example.com/hooks/lumiku",
    "status": "delivered",
    "attempts": 1,
    "nextAttemptAt": None,
    "responseStatus": 200,
    "responseExcerpt": "ok",
    "error": "",
    "durationMs": 84,
    "createdAt": "2025-01-15T10:12:00Z",
    "endedAt": "2025-01-15T10:12:01Z",
}
WHOLE_DELIVERY = {
    **DELIVERY,
    "body": '{"type":"batch.completed","timestamp":"2025-01-15T10:12:00Z","data":{...}}',
    "log": [
        {
            "at": "2025-01-15T10:12:01Z",
            "durationMs": 84,
            "requestHeaders": {
                "Content-Type": "application/json",
                "webhook-id": "evt_01jhmz7vw5k2y8n3q6r9t4x1ab",
                "webhook-timestamp": "1736935921",
                "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
            },
            "responseStatus": 200,
            "responseExcerpt": "ok",
            "error": "",
        }
    ],
}
TEST_DELIVERY = {
    **DELIVERY,
    "event": "endpoint.test",
    "sequence": None,
    "batchId": None,
    "status": "pending",
    "attempts": 0,
    "nextAttemptAt": "2025-01-15T10:12:00Z",
    "responseStatus": None,
    "responseExcerpt": "",
    "durationMs": None,
    "endedAt": None,
}
DELIVERIES = {
    "deliveries": [DELIVERY],
    "pagination": {
        "page": 1,
        "limit": 20,
        "total": 1,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
    },
}

EVENTS = {
    "events": [
        {
            "type": "job.failed",
            "id": "evt_01jhmz7vw5k2y8n3q6r9t4x1ab",
            "sequence": 42,
            "timestamp": "2025-01-15T10:12:00Z",
            "data": {"jobId": "job_01jhmz7vw5k2y8n3q6r9t4x1ab", "status": "failed"},
        }
    ],
    "nextAfter": 42,
    "hasMore": False,
    "oldestSequence": 7,
    "latestSequence": 42,
}

list_endpoints = extend_schema(
    tags=[TAG],
    operation_id="listWebhookEndpoints",
    summary="List webhook endpoints",
    description=(
        "Oldest first, without their secrets, with the events that a filter may name and how "
        "many endpoints an account may have."
    ),
    responses={
        200: success("WebhookEndpoints", serializers.EndpointsSerializer, example=ENDPOINTS),
        **errors(Unauthorized, Forbidden, RateLimited),
    },
)

create_endpoint = extend_schema(
    tags=[TAG],
    operation_id="createWebhookEndpoint",
    summary="Make a webhook endpoint",
    description=(
        "Every event that its filter `events` names is posted to `url` from now on. `secret` "
        "is shown this once. An account may have `WEBHOOK_ENDPOINTS` (10, unless the operator "
        "has said otherwise); one more is refused with 409.\n\n"
        "A key needs, besides `account:write`, the scope that reads what is posted: "
        "`removal:read` for `job.*` and `batch.*`, `billing:read` for all others, and both for "
        "`*`. Without it the answer is 403, and `requiredScope` names it."
    ),
    request=serializers.NewEndpointSerializer,
    responses={
        201: success(
            "WebhookEndpointIssued",
            serializers.IssuedEndpointSerializer,
            example=ISSUED_ENDPOINT,
        ),
        **errors(
            MissingRequiredField, InvalidInput, Unauthorized, Forbidden, Conflict, RateLimited
        ),
    },
    examples=[NEW_ENDPOINT],
)

get_endpoint = extend_schema(
    tags=[TAG],
    operation_id="getWebhookEndpoint",
    summary="Show a webhook endpoint",
    description="Without its secret, which was shown when it was made.",
    parameters=[ENDPOINT_ID],
    responses={
        200: success("WebhookEndpoint", serializers.EndpointSerializer, example=ENDPOINT),
        **errors(*_REFUSALS),
    },
)

change_endpoint = extend_schema(
    tags=[TAG],
    operation_id="changeWebhookEndpoint",
    summary="Change a webhook endpoint",
    description=(
        "Only the fields that are sent. `active: false` ends what waits to be delivered; "
        "`active: true` also turns on again what the service has turned off. Deliveries that "
        "wait keep the address that they were made with. Another `url` or other `events` need the "
        "scopes that a new endpoint for these events needs."
    ),
    parameters=[ENDPOINT_ID],
    request=serializers.ChangeEndpointSerializer,
    responses={
        200: success("WebhookEndpointChanged", serializers.EndpointSerializer, example=ENDPOINT),
        **errors(InvalidInput, *_REFUSALS),
    },
    examples=[CHANGE_ENDPOINT],
)

delete_endpoint = extend_schema(
    tags=[TAG],
    operation_id="deleteWebhookEndpoint",
    summary="Delete a webhook endpoint",
    description="With its deliveries. Events that were recorded stay listed.",
    parameters=[ENDPOINT_ID],
    request=None,
    responses={
        200: success(
            "WebhookEndpointDeleted",
            serializers.DeletedEndpointSerializer,
            example={"id": ENDPOINT["id"], "deleted": True},
        ),
        **errors(*_REFUSALS),
    },
)

rotate_secret = extend_schema(
    tags=[TAG],
    operation_id="rotateWebhookEndpointSecret",
    summary="Replace the secret of a webhook endpoint",
    description=(
        "The new `secret` is shown this once. For `overlapHours` deliveries carry a signature "
        "by each of the two, until `previousSecretExpiresAt`; with 0 the old one ends at once."
    ),
    parameters=[ENDPOINT_ID],
    request=serializers.RotateSecretSerializer,
    examples=[OpenApiExample("For a day", value={"overlapHours": 24}, request_only=True)],
    responses={
        200: success(
            "WebhookEndpointRotated",
            serializers.IssuedEndpointSerializer,
            example=ROTATED_ENDPOINT,
        ),
        **errors(InvalidInput, *_REFUSALS),
    },
)

test_endpoint = extend_schema(
    tags=[TAG],
    operation_id="testWebhookEndpoint",
    summary="Send a test event to a webhook endpoint",
    description=(
        "`endpoint.test`, signed as every event, once and without retries, even to an endpoint "
        "that is turned off. `GET /webhooks/deliveries/{id}` shows how it was answered."
    ),
    parameters=[ENDPOINT_ID],
    request=None,
    responses={
        202: success("WebhookTest", serializers.DeliverySerializer, example=TEST_DELIVERY),
        **errors(*_REFUSALS),
    },
)

list_events = extend_schema(
    operation_id="listWebhookEvents",
    tags=[TAG],
    summary="List the events after a sequence number",
    description=(
        "What a receiver that was down has missed, in order. Begin with the last `sequence` "
        "that you have dealt with, and go on with `nextAfter` while `hasMore` is true. If "
        "`oldestSequence` is more than one above yours, older events have been deleted: they "
        "are kept for 30 days. Events are recorded from the account's first endpoint on, "
        "whether it is active and whatever its filter, except that `batch.progress` needs an "
        "active endpoint that has chosen it. Numbers may be missing: those of what was erased, "
        "and, for a key without the scope `billing:read`, those of events about money."
    ),
    parameters=[serializers.EventsQuery],
    responses={
        200: success("WebhookEvents", serializers.EventsSerializer, example=EVENTS),
        **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
    },
)

list_deliveries = extend_schema(
    tags=[TAG],
    summary="List webhook deliveries",
    description=(
        "Newest first, to endpoints and to the `webhookUrl` of jobs and batches. They are kept "
        "for 30 days after they ended. A key without the scope `billing:read` sees none of "
        "events about money."
    ),
    parameters=[serializers.DeliveriesQuery],
    responses={
        200: success("WebhookDeliveries", serializers.DeliveriesSerializer, example=DELIVERIES),
        **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
    },
)

get_delivery = extend_schema(
    tags=[TAG],
    operation_id="getWebhookDelivery",
    summary="Show a webhook delivery",
    description=(
        "With the `body` that was sent, and for each attempt the headers of the request, how "
        "long it took, and the status and first KB of the response."
    ),
    parameters=[DELIVERY_ID],
    responses={
        200: success(
            "WebhookDelivery",
            serializers.WholeDeliverySerializer,
            example=WHOLE_DELIVERY,
        ),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

replay_delivery = extend_schema(
    tags=[TAG],
    summary="Deliver a webhook again",
    description=(
        "With the same `webhook-id`, at once, and with all its attempts, to the address that "
        "its endpoint has now."
    ),
    parameters=[DELIVERY_ID],
    request=None,
    responses={
        200: success("WebhookRedelivery", serializers.DeliverySerializer, example=DELIVERY),
        **errors(Unauthorized, Forbidden, NotFound, RateLimited),
    },
)

get_secret = extend_schema(
    tags=[TAG],
    summary="Show the secret that signs what goes to a webhookUrl",
    description=(
        "Every delivery to the `webhookUrl` of a job or batch is signed by the Standard "
        "Webhooks scheme with this secret; endpoints have secrets of their own. While a secret "
        "is being replaced, deliveries carry a signature by each of the two."
    ),
    responses={
        200: success("WebhookSecret", serializers.SecretsSerializer, example=SECRETS),
        **errors(Unauthorized, Forbidden, RateLimited),
    },
)

replace_secret = extend_schema(
    tags=[TAG],
    summary="Replace the secret that signs what goes to a webhookUrl",
    description="The one before it goes on signing for 24 hours.",
    request=None,
    responses={
        201: success("WebhookSecretRotated", serializers.SecretsSerializer, example=SECRETS),
        **errors(Unauthorized, Forbidden, RateLimited),
    },
)


def add_webhooks(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A post-processing hook: the events as `x-webhooks`, the name that `webhooks` of OpenAPI 3.1
    has in a document of 3.0.
    """
    body = {"schema": {"$ref": "#/components/schemas/Event"}}
    result["x-webhooks"] = {
        name: {
            "post": {
                "tags": [TAG],
                "summary": text,
                "requestBody": {"required": True, "content": {"application/json": body}},
                "responses": {"2XX": {"description": "Accepted; anything else is tried again."}},
            }
        }
        for name, text in catalogue.EVENTS.items()
    }
    return result
