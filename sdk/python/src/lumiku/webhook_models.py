"""Answers about webhooks as frozen dataclasses.

They follow the rules of `lumiku.models`. `SCHEMAS` names each one's schema in the OpenAPI document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class WebhookEndpoint:
    id: str
    url: str
    description: str
    events: tuple[str, ...]
    active: bool
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    previous_secret_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class IssuedWebhookEndpoint(WebhookEndpoint):
    """An endpoint with its secret, which is shown this once."""

    secret: str


@dataclass(frozen=True)
class WebhookDelivery:
    id: str
    event: str
    event_id: str
    sequence: int | None
    endpoint_id: str | None
    batch_id: str | None
    job_id: str | None
    url: str
    status: str
    attempts: int
    next_attempt_at: datetime | None
    response_status: int | None
    response_excerpt: str
    error: str
    duration_ms: int | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class WebhookAttempt:
    at: datetime
    duration_ms: int
    request_headers: Mapping[str, str]
    response_status: int | None
    response_excerpt: str
    error: str


@dataclass(frozen=True)
class WholeWebhookDelivery(WebhookDelivery):
    """A delivery with what was sent, and every attempt."""

    body: str
    log: tuple[WebhookAttempt, ...]


@dataclass(frozen=True)
class RecordedEvent:
    type: str
    id: str
    sequence: int
    timestamp: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class RecordedEvents:
    """Events in their order; `next_after` is `after` of the next request."""

    events: tuple[RecordedEvent, ...]
    next_after: int
    has_more: bool
    oldest_sequence: int | None
    latest_sequence: int


@dataclass(frozen=True)
class Secret:
    secret: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class WebhookSecrets:
    """The account's secrets, which sign what goes to addresses that came with a job or batch."""

    current: Secret
    previous: Secret | None


SCHEMAS: Mapping[str, type] = {
    "Endpoint": WebhookEndpoint,
    "IssuedEndpoint": IssuedWebhookEndpoint,
    "Delivery": WebhookDelivery,
    "Attempt": WebhookAttempt,
    "WholeDelivery": WholeWebhookDelivery,
    "Event": RecordedEvent,
    "Events": RecordedEvents,
    "Secret": Secret,
    "Secrets": WebhookSecrets,
}
