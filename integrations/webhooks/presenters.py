"""Presenters of secrets and deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from common.http.errors import timestamp
from integrations.webhooks.models import Delivery, DeliveryStatus, SigningSecret


def secrets(valid: Sequence[SigningSecret]) -> dict[str, Any]:
    """The secrets of an account; `valid` has the current one first."""
    return {
        "current": _secret(valid[0]),
        "previous": _secret(valid[1]) if len(valid) > 1 else None,
    }


def delivery(row: Delivery) -> dict[str, Any]:
    pending = row.status == DeliveryStatus.PENDING
    return {
        "id": row.public_id,
        "event": row.event,
        "batchId": None if _is_of_job(row) else row.subject,
        "jobId": row.subject if _is_of_job(row) else None,
        "url": row.url,
        "status": row.status,
        "attempts": row.attempts,
        "nextAttemptAt": timestamp(row.available_at) if pending else None,
        "responseStatus": row.response_status,
        "responseExcerpt": row.response_excerpt,
        "error": row.last_error,
        "createdAt": timestamp(row.created_at),
        "endedAt": _optional(row.ended_at),
    }


def _is_of_job(row: Delivery) -> bool:
    return row.event.startswith("job.")


def _secret(row: SigningSecret) -> dict[str, Any]:
    return {
        "secret": row.secret,
        "createdAt": timestamp(row.created_at),
        "expiresAt": _optional(row.expires_at),
    }


def _optional(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
