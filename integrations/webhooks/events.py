"""Receivers that turn domain events into webhook deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from batches import outcomes as batches
from integrations.webhooks import outbox
from removal import outcomes as jobs


def batch_closed(*, batch_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_closed`; a second call for a batch changes nothing."""
    now = timezone.now()
    found = batches.outcome(batch_id=batch_id, now=now)
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
    outbox.forget(user_id=user_id, subjects=[batch_id])


def job_ended(*, job_id: int, webhook_url: str, now: datetime, **_: Any) -> None:
    """Receiver of `removal.signals.job_ended`, inside the transaction that settles the job."""
    if not webhook_url:
        return
    found = jobs.outcome(job_id=job_id, now=now)
    if found is None or found.user_id is None or not found.webhook_url:
        return
    outbox.put(
        user_id=found.user_id,
        event=f"job.{found.status}",
        subject=found.job_id,
        url=found.webhook_url,
        data=found.data,
        request_id=found.request_id,
        now=now,
    )


def jobs_erased(*, user_id: int, job_ids: Sequence[str], **_: Any) -> None:
    """Receiver of `removal.signals.jobs_erased`: undelivered events of the jobs are deleted."""
    outbox.forget(user_id=user_id, subjects=job_ids)
