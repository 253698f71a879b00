"""Examples of the OpenAPI document."""

TAG = "Webhooks"

SECRETS = {
    "current": {
        "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD...",
        "createdAt": "2025-01-15T10:30:00Z",
        "expiresAt": None,
    },
    "previous": None,
}
DELIVERY = {
    "id": "evt_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "event": "batch.completed",
    "batchId": "batch_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "jobId": None,
    "url": "https://example.com/hooks/lumiku",
    "status": "delivered",
    "attempts": 1,
    "nextAttemptAt": None,
    "responseStatus": 200,
    "responseExcerpt": "ok",
    "error": "",
    "createdAt": "2025-01-15T10:12:00Z",
    "endedAt": "2025-01-15T10:12:01Z",
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
