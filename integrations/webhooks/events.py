"""Receivers that turn domain events into webhook deliveries."""

from typing import Any

from django.utils import timezone

from batches import outcomes
from integrations.webhooks import outbox

EVENTS = ("batch.completed", "batch.failed", "batch.cancelled")


def batch_closed(*, batch_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_closed`; a second call for a batch changes nothing."""
    now = timezone.now()
    found = outcomes.outcome(batch_id=batch_id, now=now)
    if found is None or found.user_id is None or not found.webhook_url:
        return
    outbox.put(
        user_id=found.user_id,
        event=f"batch.{found.status}",
        subject=found.batch_id,
        url=found.webhook_url,
        data=found.data,
        request_id=found.request_id,
        now=now,
    )


def batch_erased(*, batch_id: str, user_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_erased`: undelivered events of the batch are deleted."""
    outbox.forget(user_id=user_id, subject=batch_id)
