"""Receivers of the signals of lower apps: each records an event of the account."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from batches import outcomes as batches
from common import valkey
from common.http.request_id import current_request_id
from integrations.webhooks import recorder
from removal import outcomes as jobs

PROGRESS = "batch.progress"


def batch_closed(*, batch_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_closed`; a second call for a batch changes nothing."""
    now = timezone.now()
    found = batches.outcome(batch_id=batch_id, now=now)
    if found is None or found.user_id is None:
        return
    if recorder.is_wanted(user_id=found.user_id, url=found.webhook_url):
        recorder.record(
            user_id=found.user_id,
            event=f"batch.{found.status}",
            key=f"batch.{found.status}:{found.batch_id}",
            subject=found.batch_id,
            url=found.webhook_url,
            data=found.data,
            request_id=found.request_id,
            now=now,
        )


def batch_progressed(*, batch_id: int, now: datetime, **_: Any) -> None:
    """Receiver of `batches.signals.batch_progressed`: at most one event a batch in
    `WEBHOOK_PROGRESS_S`, and none that no endpoint has chosen.
    """
    if not _is_first(batch_id):
        return
    user_id = batches.owner(batch_id=batch_id)
    if user_id is None or not recorder.is_awaited(PROGRESS, user_id=user_id):
        return
    found = batches.progress(batch_id=batch_id, now=now)
    if found is None:
        return
    recorder.record(
        user_id=user_id,
        event=PROGRESS,
        key=f"{PROGRESS}:{found.batch_id}:{now.timestamp():.3f}",
        subject=found.batch_id,
        data=found.data,
        request_id=found.request_id,
        now=now,
    )


def batch_erased(*, batch_id: str, user_id: int, **_: Any) -> None:
    """Receiver of `batches.signals.batch_erased`: what is kept of the batch is deleted."""
    recorder.forget(user_id=user_id, subjects=[batch_id])


def job_ended(
    *, job_id: int, user_id: int | None, webhook_url: str, now: datetime, **_: Any
) -> None:
    """Receiver of `removal.signals.job_ended`, inside the transaction that settles the job."""
    if user_id is None or not recorder.is_wanted(user_id=user_id, url=webhook_url):
        return
    found = jobs.outcome(job_id=job_id, now=now)
    if found is None:
        return
    recorder.record(
        user_id=user_id,
        event=f"job.{found.status}",
        key=f"job.{found.status}:{found.job_id}",
        subject=found.job_id,
        url=webhook_url,
        data=found.data,
        request_id=found.request_id,
        now=now,
    )


def jobs_erased(*, user_id: int, job_ids: Sequence[str], **_: Any) -> None:
    """Receiver of `removal.signals.jobs_erased`: what is kept of the jobs is deleted."""
    recorder.forget(user_id=user_id, subjects=job_ids)


def account_event(
    *,
    user_id: int,
    event: str,
    key: str,
    subject: str,
    data: Mapping[str, Any],
    now: datetime,
    **_: Any,
) -> None:
    """Receiver of `billing.signals.account_event`, inside the transaction of what it tells."""
    if recorder.is_wanted(user_id=user_id):
        recorder.record(
            user_id=user_id,
            event=event,
            key=key,
            subject=subject,
            data=data,
            request_id=current_request_id(),
            now=now,
        )


def _is_first(batch_id: int) -> bool:
    """True once in `WEBHOOK_PROGRESS_S` for a batch, over all workers; false without Valkey."""
    key = f"webhooks:progress:{batch_id}"
    interval_ms = round(settings.WEBHOOK_PROGRESS_S * 1000)
    try:
        return bool(valkey.client().set(key, b"1", nx=True, px=interval_ms))
    except RedisError:
        return False
