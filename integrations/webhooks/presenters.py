"""Presenters of endpoints, events, secrets and deliveries."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from common.http.errors import timestamp
from integrations.models import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Endpoint,
    SigningSecret,
)
from integrations.webhooks import catalogue, outbox
from integrations.webhooks.endpoints import Issued
from integrations.webhooks.queries import EventPage


def endpoints(rows: Sequence[Endpoint]) -> dict[str, Any]:
    return {
        "endpoints": [endpoint(row) for row in rows],
        "limit": settings.WEBHOOK_ENDPOINTS,
        "availableEvents": [
            {"name": name, "description": text} for name, text in catalogue.EVENTS.items()
        ],
    }


def endpoint(row: Endpoint) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "url": row.url,
        "description": row.description,
        "events": row.events,
        "active": row.active,
        "failingSince": _optional(row.failing_since),
        "disabledAt": _optional(row.disabled_at),
        "disabledReason": row.disabled_reason or None,
        "previousSecretExpiresAt": _optional(row.previous_expires_at),
        "createdAt": timestamp(row.created_at),
        "updatedAt": timestamp(row.updated_at),
    }


def issued(issued: Issued) -> dict[str, Any]:
    return {**endpoint(issued.endpoint), "secret": issued.secret}


def secrets(valid: Sequence[SigningSecret]) -> dict[str, Any]:
    """The secrets of an account; `valid` has the current one first."""
    return {
        "current": _secret(valid[0]),
        "previous": _secret(valid[1]) if len(valid) > 1 else None,
    }


def events(page: EventPage, *, after: int) -> dict[str, Any]:
    """A page of events; each is what was delivered of it."""
    return {
        "events": [json.loads(outbox.body_of(row)) for row in page.events],
        "nextAfter": page.events[-1].sequence if page.events else after,
        "hasMore": page.has_more,
        "oldestSequence": page.oldest,
        "latestSequence": page.latest,
    }


def delivery(row: Delivery) -> dict[str, Any]:
    pending = row.status == DeliveryStatus.PENDING
    return {
        "id": row.public_id,
        "event": row.event,
        "eventId": row.webhook_id or row.public_id,
        "sequence": row.sequence,
        "endpointId": row.endpoint.public_id if row.endpoint else None,
        "batchId": _subject(row, "batch."),
        "jobId": _subject(row, "job."),
        "url": row.url,
        "status": row.status,
        "attempts": row.attempts,
        # What is due at once is dated back a little, so that no clock is behind it.
        "nextAttemptAt": timestamp(max(row.available_at, row.created_at)) if pending else None,
        "responseStatus": row.response_status,
        "responseExcerpt": row.response_excerpt,
        "error": row.last_error,
        "durationMs": row.duration_ms,
        "createdAt": timestamp(row.created_at),
        "endedAt": _optional(row.ended_at),
    }


def whole_delivery(row: Delivery, *, attempts: Sequence[Attempt]) -> dict[str, Any]:
    return {**delivery(row), "body": row.body, "log": [_attempt(each) for each in attempts]}


def _attempt(row: Attempt) -> dict[str, Any]:
    return {
        "at": timestamp(row.at),
        "durationMs": row.duration_ms,
        "requestHeaders": row.request_headers,
        "responseStatus": row.response_status,
        "responseExcerpt": row.response_excerpt,
        "error": row.error,
    }


def _subject(row: Delivery, family: str) -> str | None:
    return row.subject if row.event.startswith(family) else None


def _secret(row: SigningSecret) -> dict[str, Any]:
    return {
        "secret": row.secret,
        "createdAt": timestamp(row.created_at),
        "expiresAt": _optional(row.expires_at),
    }


def _optional(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
