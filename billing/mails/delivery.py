"""Sending what the outbox holds."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from billing.mails.models import BillingMail, MailKind
from common import mail

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
# While a mail is being sent nobody else takes it, and a process that died frees it again.
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
KEPT = timedelta(days=90)

SUBJECTS: Mapping[MailKind, str] = {
    MailKind.RECEIPT: "Your Lumiku receipt",
    MailKind.PAYMENT_FAILED: "Your Lumiku payment failed",
    MailKind.CANCELLATION: "Your Lumiku subscription is cancelled",
    MailKind.SUBSCRIPTION_ENDED: "Your Lumiku subscription has ended",
    MailKind.QUOTA_NEARLY_USED: "Most of today's Lumiku quota is used",
    MailKind.CREDITS_LOW: "You are running out of Lumiku credits",
}


def message(kind: str, context: Mapping[str, Any]) -> mail.Message:
    """The e-mail of one kind, in text and HTML."""
    known = MailKind(kind)
    return mail.Message(f"billing/mail/{known}", SUBJECTS[known], dict(context))


def send_due(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """Send everything that is due; returns how many mails went out.

    A mail goes out once, unless the process dies between the mail server's yes and our note of it.
    """
    sent = 0
    while row := _claim(clock()):
        if not _send(row, clock()):
            break
        sent += 1
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


def _send(row: BillingMail, now: datetime) -> bool:
    mine = BillingMail.objects.filter(pk=row.pk)
    here = get_user_model().objects.filter(pk=row.user_id, erasure__isnull=True)
    address = here.values_list("email", flat=True).first()
    if address is None:
        # Who has left has no address any more.
        mine.delete()
        return True
    try:
        mail.send(message(row.kind, row.context), to=address)
    except (SMTPException, OSError) as error:
        # The mail server's words may hold the address, which has no place in logs.
        logger.warning("%s could not be sent: %s", row, type(error).__name__)
        wait = min(timedelta(seconds=30) * 2**row.attempts, LONGEST_WAIT)
        mine.update(next_attempt_at=now + wait, error=str(error)[:500])
        return False
    mine.update(sent_at=now, error="")
    return True
