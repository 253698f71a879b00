"""Telling that a batch has ended: first the receivers of the signal, then its owner by mail.

Both may happen twice, if the process dies before it is noted; neither is ever forgotten.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from batches.archive import links
from batches.lifecycle import TERMINAL, BatchStatus
from batches.models import Batch
from batches.signals import batch_closed
from common import leased_semaphore
from common.http.request_id import current_request_id, request_id
from common.mail import messages, recipients
from common.mail.quoting import quoted, quoted_filename
from removal import bulk

logger = logging.getLogger(__name__)

TEMPLATE = "batches/mail/batch_ended"
SHOWN_FAILURES = 10
_LONGEST_REASON = 200
_RING_AGAIN = timedelta(minutes=1)
# A mail server that is away for longer makes the news too old to be worth sending.
_GIVE_UP = timedelta(hours=24)
_MOST = 500
# Longer than a mail server is waited for.
_SENDING_S = 120
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


def send(*, batch_id: int, now: datetime) -> bool:
    """Tell everyone about a batch that has ended, unless they were told before.

    Raises what a receiver of the signal raises, and `SMTPException` or `OSError` when the mail
    server does not take the mail; the sweeper then has it sent again.
    """
    place, holder = f"notice:{batch_id}", uuid4().hex
    # Two rings may lie in a queue that was blocked, and be heard at the same moment.
    if not leased_semaphore.take(place, holder=holder, most=1, lease_s=_SENDING_S):
        return False
    try:
        return _send(batch_id, now)
    finally:
        leased_semaphore.free(place, holder=holder)


def _send(batch_id: int, now: datetime) -> bool:
    batch = _unannounced().select_related("user").filter(pk=batch_id).first()
    if batch is None:
        return False
    with request_id(batch.request_id or current_request_id()):
        batch_closed.send(sender=Batch, batch_id=batch_id)
        _mail(batch, now)
        Batch.objects.filter(pk=batch_id).update(notified_at=now)
    return True


def due(*, now: datetime) -> Sequence[int]:
    """Batches whose end is still to be told; notes that their ring is sounded now."""
    with transaction.atomic():
        late = untold(now=now).filter(
            rung_at__lte=now - _RING_AGAIN, completed_at__lte=now - _RING_AGAIN
        )
        rows = late.select_for_update(skip_locked=True).order_by("rung_at")
        found = list(rows.values_list("pk", flat=True)[:_MOST])
        Batch.objects.filter(pk__in=found).update(rung_at=now)
    return found


def untold(*, now: datetime) -> QuerySet[Batch]:
    """Batches whose end is still to be told; it is not once it is too long ago."""
    return _unannounced().filter(completed_at__gt=now - _GIVE_UP)


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


def _unannounced() -> QuerySet[Batch]:
    return Batch.objects.filter(status__in=TERMINAL, notified_at__isnull=True)
