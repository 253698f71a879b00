"""Sending what the outbox holds."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from billing.mails.models import BillingMail, MailKind
from common.mail import messages, recipients
from common.observability.metrics import counter

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
# While a mail is being sent nobody else takes it, and a process that died frees it again.
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
KEPT = timedelta(days=90)
# "Service not available", which a mail server may say at any point (RFC 5321, 4.2.1).
_CLOSING = 421

MAILS = counter("billing_mails_total", "E-mails about money, by what became of them", ["outcome"])

SUBJECTS: Mapping[MailKind, str] = {
    MailKind.RECEIPT: "Your Lumiku receipt",
    MailKind.PAYMENT_FAILED: "Your Lumiku payment failed",
    MailKind.CANCELLATION: "Your Lumiku subscription is cancelled",
    MailKind.SUBSCRIPTION_ENDED: "Your Lumiku subscription has ended",
    MailKind.QUOTA_NEARLY_USED: "Most of today's Lumiku quota is used",
    MailKind.CREDITS_LOW: "You are running out of Lumiku credits",
}


class Outcome(Enum):
    """What became of one mail."""

    SENT = auto()
    DROPPED = auto()
    REFUSED = auto()
    AWAY = auto()


def message(kind: str, context: Mapping[str, Any]) -> messages.Message:
    """The e-mail of one kind, in text and HTML."""
    known = MailKind(kind)
    return messages.Message(f"billing/mail/{known}", SUBJECTS[known], dict(context))


def send_due(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """Send everything that is due; returns how many mails went out.

    A mail goes out once, unless the process dies between the mail server's yes and our note of it.
    Stops early when the mail server is away; a mail that it refuses does not hold up the others.
    """
    sent = 0
    while row := _claim(clock()):
        outcome = _send(row, clock())
        if outcome is Outcome.AWAY:
            break
        sent += outcome is Outcome.SENT
    return sent


def purge(*, now: datetime) -> int:
    """Forget what was sent long ago; returns how many rows went."""
    return BillingMail.objects.filter(sent_at__lt=now - KEPT).delete()[0]


@transaction.atomic
def _claim(now: datetime) -> BillingMail | None:
    due = BillingMail.objects.filter(
        sent_at__isnull=True, next_attempt_at__lte=now, attempts__lt=MAX_ATTEMPTS
    )
    row = due.select_for_update(skip_locked=True).order_by("next_attempt_at").first()
    if row is not None:
        row.attempts += 1
        row.next_attempt_at = now + LEASE
        row.save(update_fields=["attempts", "next_attempt_at"])
    return row


def _send(row: BillingMail, now: datetime) -> Outcome:
    user = get_user_model().objects.filter(pk=row.user_id, erasure__isnull=True).first()
    if user is None or not (row.kind == MailKind.RECEIPT or recipients.is_verified(user)):
        # Who has left has no address any more, and one that nobody verified gets receipts only.
        row.delete()
        return Outcome.DROPPED
    try:
        messages.send(message(row.kind, row.context), to=user.email)
    except Exception as error:
        # The mail server's words may hold the address, which has no place in logs.
        logger.warning("%s could not be sent: %s", row, type(error).__name__)
        return _wait(row, error, now) if _is_away(error) else _put_off(row, error, now)
    BillingMail.objects.filter(pk=row.pk).update(sent_at=now, error="")
    MAILS.labels("sent").inc()
    return Outcome.SENT


def _is_away(error: Exception) -> bool:
    """Whether the mail server is the trouble, and not this mail or its address."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code == _CLOSING for code, _ in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code == _CLOSING
    # All errors of smtplib are an OSError.
    return isinstance(error, OSError)


def _wait(row: BillingMail, error: Exception, now: datetime) -> Outcome:
    """As long again as the mail has waited; no attempt is counted."""
    wait = min(max(FIRST_WAIT, now - row.created_at), LONGEST_WAIT)
    _later(row, error, now + wait, attempts=row.attempts - 1)
    return Outcome.AWAY


def _put_off(row: BillingMail, error: Exception, now: datetime) -> Outcome:
    if row.attempts >= MAX_ATTEMPTS:
        logger.error("%s is given up", row)
        MAILS.labels("given_up").inc()
    wait = min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT)
    _later(row, error, now + wait, attempts=row.attempts)
    return Outcome.REFUSED


def _later(row: BillingMail, error: Exception, at: datetime, *, attempts: int) -> None:
    BillingMail.objects.filter(pk=row.pk).update(
        next_attempt_at=at, attempts=attempts, error=f"{type(error).__name__}: {error}"[:500]
    )
