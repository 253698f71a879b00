"""Examples of the OpenAPI document, and its list of the events that are posted."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from integrations.webhooks import catalogue

TAG = "Webhooks"

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
