"""Notices that a batch has ended: a mail to its owner, in the outbox, and then the signal.

The signal may be sent twice, if the process dies before the row says that it was sent; neither is
ever left out.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language, gettext, gettext_lazy, gettext_noop, ngettext

from batches.archive import links
from batches.errors import FAILURES
from batches.lifecycle import TERMINAL, BatchStatus
from batches.models import Batch
from batches.scheduling.dispatch import NOTIFY_BATCH
from batches.signals import batch_closed
from common.http.errors import API_LANGUAGE, ErrorCode
from common.http.request_id import current_request_id, request_id
from common.mail import messages, outbox
from common.mail.kinds import Kind
from common.mail.quoting import quoted, quoted_filename
from common.workqueue import LeaseLost, WorkQueue, doubling
from removal import bulk

TEMPLATE = "batches/mail/batch_ended"
SHOWN_FAILURES = 10
_LONGEST_REASON = 200
# Longer than the receivers take.
_LEASE = timedelta(minutes=2)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
# These last for a day.
_MAX_ATTEMPTS = 30
# After that the news is too old to be worth sending.
_MAIL_LASTS = timedelta(days=1)
# Why an image failed, in mails of another language than the API's, in which the reasons are kept.
_REASONS: Mapping[str, str] = {
    ErrorCode.INVALID_FILE_TYPE: gettext_noop("The file is not an image that can be read"),
    ErrorCode.FILE_TOO_LARGE: gettext_noop("The image or its file is too large"),
    ErrorCode.NO_SUBJECT_FOUND: gettext_noop("No subject was found in the picture"),
}
_OTHER_REASON = gettext_noop("The image could not be processed")


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
    """Send the mail and the signal about a batch that has ended, unless they were sent before.

    Raises what a receiver of the signal raises; the sweeper then dispatches the notice again.
    """
    claimed = QUEUE.claim(now=now, only=Q(pk=batch_id))
    for batch in claimed:
        with request_id(batch.request_id or current_request_id()):
            _notify(batch, now)
    return bool(claimed)


def _notify(batch: Batch, now: datetime) -> None:
    try:
        _mail(batch, now)
        batch_closed.send(sender=Batch, batch_id=batch.pk)
    except Exception as error:
        with suppress(LeaseLost):
            QUEUE.fail(batch, error=type(error).__name__, now=now)
        raise
    with suppress(LeaseLost):
        QUEUE.complete(batch, notified_at=now)


def message(batch: Batch, *, failures: Sequence[Failure], now: datetime) -> messages.Message:
    """The e-mail about a batch that has ended. `failures` are those that are worth naming."""
    context: dict[str, Any] = {
        "batch": batch,
        "name": quoted(batch.name),
        "error": _translated_failure(batch.error_message),
        "link": links.lasting_address(batch, now=now) or "",
        "kept_until": links.kept_until(batch, now=now),
        "credits_released": batch.final_total - batch.credits_used,
        "failures": failures[:SHOWN_FAILURES],
        "more_failures": max(0, (batch.failed_images or 0) - SHOWN_FAILURES),
    }
    return messages.Message(TEMPLATE, _subject(batch), context)


def _subject(batch: Batch) -> str:
    if batch.status == BatchStatus.COMPLETED:
        total = batch.completed_images or 0
        ready = ngettext("Your %(total)s image is ready", "Your %(total)s images are ready", total)
        return ready % {"total": total}
    if batch.status == BatchStatus.CANCELLED:
        return gettext("Your batch was cancelled")
    return gettext("Your batch could not be processed")


def _mail(batch: Batch, now: datetime) -> None:
    """Enqueue the mail once for each batch: its key is found again when the signal is repeated."""
    if batch.user_id is not None:
        outbox.put(
            BATCH_ENDED,
            user_id=batch.user_id,
            key=f"batch-ended:{batch.public_id}",
            context={"batch": batch.public_id},
            now=now,
        )


def _compose(_: Any, context: Mapping[str, Any], now: datetime) -> messages.Message | None:
    batch = Batch.objects.filter(public_id=context["batch"], erased_at__isnull=True).first()
    return message(batch, failures=_failures(batch), now=now) if batch else None


BATCH_ENDED = Kind(
    name="batches.ended",
    compose=_compose,
    lasts=lambda: _MAIL_LASTS,
    notice=gettext_lazy("A batch has ended"),
)


def _failures(batch: Batch) -> list[Failure]:
    images = bulk.results(batch_id=batch.pk) if batch.failed_images else ()
    failed = [image for image in images if image.status == "failed"]
    return [
        Failure(
            quoted_filename(image.filename or "image"),
            reason(image.error_code, image.error_message),
        )
        for image in failed
    ]


def reason(code: str, message: str) -> str:
    """Why an image failed: in the API's language as its job says it, in others by its code."""
    if get_language() == API_LANGUAGE:
        return quoted(message, longest=_LONGEST_REASON)
    return gettext(_REASONS.get(code, _OTHER_REASON))


def _translated_failure(message: str) -> str:
    return gettext(message) if message in FAILURES.values() else message
