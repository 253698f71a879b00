"""Telling that a batch has ended: first the receivers of the signal, then its owner by mail.

Both may happen twice, if the process dies before it is noted; neither is ever forgotten.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.db.models import Q

from batches.archive import links
from batches.lifecycle import TERMINAL, BatchStatus
from batches.models import Batch
from batches.scheduling.dispatch import NOTIFY_BATCH
from batches.signals import batch_closed
from common.http.request_id import current_request_id, request_id
from common.mail import messages, recipients
from common.mail.quoting import quoted, quoted_filename
from common.workqueue import LeaseLost, WorkQueue, doubling
from removal import bulk

logger = logging.getLogger(__name__)

TEMPLATE = "batches/mail/batch_ended"
SHOWN_FAILURES = 10
_LONGEST_REASON = 200
# Longer than a mail server is waited for.
_LEASE = timedelta(minutes=2)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
# These last for a day; after that the news is too old to be worth sending.
_MAX_ATTEMPTS = 30
_SUBJECTS = {
    BatchStatus.COMPLETED: "Your {total} images are ready",
    BatchStatus.FAILED: "Your batch could not be processed",
    BatchStatus.CANCELLED: "Your batch was cancelled",
}


@dataclass(frozen=True)
class Failure:
    """An image without a result, and why."""

    name: str
    reason: str


QUEUE: WorkQueue[Batch] = WorkQueue(
    model=Batch,
    open=Q(status__in=TERMINAL, notified_at__isnull=True),
    lease=lambda: _LEASE,
    backoff=doubling(_FIRST_WAIT, longest=_LONGEST_WAIT),
    longest_wait=_LONGEST_WAIT,
    max_attempts=lambda: _MAX_ATTEMPTS,
    given_up=lambda now: {"notified_at": now},
    reopened={"notified_at": None},
    task=NOTIFY_BATCH,
    arguments=lambda batch: {"batch_id": batch.pk},
)


def send(*, batch_id: int, now: datetime) -> bool:
    """Tell everyone about a batch that has ended, unless they were told before.

    Raises what a receiver of the signal raises, and `SMTPException` or `OSError` when the mail
    server does not take the mail; the sweeper then has it sent again.
    """
    claimed = QUEUE.claim(now=now, only=Q(pk=batch_id))
    for batch in claimed:
        with request_id(batch.request_id or current_request_id()):
            _tell(batch, now)
    return bool(claimed)


def _tell(batch: Batch, now: datetime) -> None:
    try:
        batch_closed.send(sender=Batch, batch_id=batch.pk)
        _mail(batch, now)
    except Exception as error:
        with suppress(LeaseLost):
            # The mail server's words may hold the address, which has no place in the row.
            QUEUE.fail(batch, error=type(error).__name__, now=now)
        raise
    with suppress(LeaseLost):
        QUEUE.complete(batch, notified_at=now)


def message(batch: Batch, *, failures: Sequence[Failure], now: datetime) -> messages.Message:
    """The e-mail about a batch that has ended. `failures` are those that are worth naming."""
    context: dict[str, Any] = {
        "batch": batch,
        "name": quoted(batch.name),
        "link": links.lasting_address(batch, now=now) or "",
        "kept_until": links.kept_until(batch, now=now),
        "credits_released": batch.final_total - batch.credits_used,
        "failures": failures[:SHOWN_FAILURES],
        "more_failures": max(0, (batch.failed_images or 0) - SHOWN_FAILURES),
    }
    subject = _SUBJECTS[BatchStatus(batch.status)].format(total=batch.completed_images)
    return messages.Message(TEMPLATE, subject, context)


def _mail(batch: Batch, now: datetime) -> None:
    user = batch.user
    if user is None or not user.is_active or batch.erased_at or not recipients.is_verified(user):
        return
    try:
        messages.send(message(batch, failures=_failures(batch), now=now), to=user.email)
    except SMTPRecipientsRefused:
        logger.warning("the address of the owner of %s is refused", batch)


def _failures(batch: Batch) -> list[Failure]:
    images = bulk.results(batch_id=batch.pk) if batch.failed_images else ()
    failed = [image for image in images if image.status == "failed"]
    return [
        Failure(
            quoted_filename(image.filename or "image"),
            quoted(image.error_message, longest=_LONGEST_REASON),
        )
        for image in failed
    ]
