"""Delivery of the mail outbox. Any number of workers may run it at once."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.db.models import Q
from django.utils import timezone, translation

from common.http.request_id import current_request_id, request_id
from common.mail import messages, preferences, recipients
from common.mail.kinds import Kind
from common.mail.messages import Message
from common.mail.models import MailStatus, OutgoingMail
from common.mail.outbox import FIRST_WAIT, LONGEST_WAIT, QUEUE, SEND_MAILS
from common.mail.recipients import Recipient
from common.observability.metrics import counter
from common.workqueue import LeaseLost

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
KEPT = timedelta(days=90)
# Well below the time limit of a task, with one mail server's time-out to spare.
FOR_S = 60.0
# "Service not available", which a mail server may say at any point (RFC 5321, 4.2.1).
_CLOSING = 421
_URGENT = Q(urgent=True)

MAILS = counter("mails_total", "E-mails, by what became of them", ["kind", "outcome"])


class Outcome(StrEnum):
    """Outcome of one attempt at one mail. `AWAY`: the mail server did not answer."""

    SENT = "sent"
    DROPPED = "dropped"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    AWAY = "away"
    LOST = "lost"


def send_due(*, clock: Clock = timezone.now, for_s: float = FOR_S) -> int:
    """Send what is due, urgent mails first, for about `for_s` seconds; returns how many went out.

    A mail goes out once, unless the process dies between the mail server's acceptance and the
    update of the row. Stops early when the mail server is unavailable; a mail that it refuses does
    not hold up the others.
    """
    ends, sent = time.monotonic() + for_s, 0
    while row := _claim(clock()):
        outcome = _deliver(row, clock)
        _count(row, outcome)
        sent += outcome is Outcome.SENT
        if outcome is Outcome.AWAY:
            break
        if time.monotonic() >= ends:
            SEND_MAILS.send()
            break
    return sent


def sweep(*, now: datetime) -> None:
    """Give up mails whose last attempt never ended, and dispatch those whose message was lost."""
    QUEUE.sweep(now=now)


def purge(*, now: datetime) -> int:
    """Delete old mails that have ended, and addresses of people who have left; returns how many."""
    ended = OutgoingMail.objects.filter(ended_at__isnull=False)
    old, _ = ended.filter(created_at__lt=now - KEPT).delete()
    addressed, _ = ended.exclude(address="").delete()
    return old + addressed


def _claim(now: datetime) -> OutgoingMail | None:
    rows = QUEUE.claim(now=now, only=_URGENT) or QUEUE.claim(now=now)
    return rows[0] if rows else None


def _count(row: OutgoingMail, outcome: Outcome) -> None:
    MAILS.labels(row.kind, outcome).inc()
    kind = Kind.declared.get(row.kind)
    if kind is not None and kind.older_counter is not None:
        kind.older_counter.labels(outcome).inc()


def _deliver(row: OutgoingMail, clock: Clock) -> Outcome:
    with request_id(row.request_id or current_request_id()), translation.override(_language(row)):
        try:
            return _compose_and_send(row, clock)
        except LeaseLost:
            logger.warning("%s was taken from this worker", row)
            return Outcome.LOST


def _compose_and_send(row: OutgoingMail, clock: Clock) -> Outcome:
    try:
        composed = _composed(row, clock())
    except Exception as error:
        logger.exception("%s could not be composed", row)
        return _failed(row, error, clock())
    if isinstance(composed, str):
        return _dropped(row, composed, clock())
    message, address = composed
    try:
        messages.send(message, to=address, unsubscribe_url=_unsubscribe_url(row))
    except Exception as error:
        # The mail server's words may hold the address, which has no place in logs.
        logger.warning("%s could not be sent: %s", row, type(error).__name__)
        if _is_away(error):
            return _postponed(row, error, clock())
        return _failed(row, error, clock())
    _end(row, MailStatus.SENT, clock())
    return Outcome.SENT


def _composed(row: OutgoingMail, now: datetime) -> tuple[Message, str] | str:
    """The message and its address, or the reason to send nothing. Raises what composing raises."""
    kind = Kind.declared[row.kind]
    if kind.lasts is not None and now - row.requested_at > kind.lasts():
        return "It could not be sent in time"
    user = recipients.find(row.user_id)
    if not row.address and (reason := _unwanted(user, kind)):
        return reason
    message = kind.compose(user, row.context, now)
    if message is None:
        return "It is no longer true"
    return message, row.address or getattr(user, "email", "")


def _unwanted(user: Recipient | None, kind: Kind) -> str:
    """Why a user must not get this mail, or empty."""
    if user is None:
        return "There is no such user"
    if not (kind.disabled or user.is_active):
        return "The account is disabled"
    if not (kind.unverified or recipients.is_verified(user)):
        return "The address is not verified"
    if not preferences.is_wanted(user_id=user.pk, kind=kind):
        return "The user has turned such mails off"
    return ""


def _language(row: OutgoingMail) -> str:
    if row.language or row.user_id is None:
        return row.language or preferences.DEFAULT_LANGUAGE
    return preferences.language(user_id=row.user_id)


def _unsubscribe_url(row: OutgoingMail) -> str:
    kind, user = Kind.declared[row.kind], recipients.find(row.user_id)
    return preferences.unsubscribe_url(user=user, kind=kind) if kind.notice and user else ""


def _is_away(error: Exception) -> bool:
    """True if the fault is the mail server's, and not this mail's or its address's."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code == _CLOSING for code, _ in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code == _CLOSING
    # All errors of smtplib are an OSError.
    return isinstance(error, OSError)


def _dropped(row: OutgoingMail, reason: str, now: datetime) -> Outcome:
    _end(row, MailStatus.DROPPED, now, reason)
    return Outcome.DROPPED


def _postponed(row: OutgoingMail, error: Exception, now: datetime) -> Outcome:
    """Postpone a mail for as long again as it has waited; an outage counts no attempt."""
    wait = min(max(FIRST_WAIT, now - row.requested_at), LONGEST_WAIT)
    QUEUE.postpone(row, until=now + wait, error=_said(error))
    return Outcome.AWAY


def _failed(row: OutgoingMail, error: Exception, now: datetime) -> Outcome:
    if QUEUE.fail(row, error=_said(error), now=now):
        logger.error("%s is given up", row)
        return Outcome.GIVEN_UP
    return Outcome.REFUSED


def _end(row: OutgoingMail, status: MailStatus, now: datetime, remark: str = "") -> None:
    """Raises `LeaseLost`."""
    QUEUE.complete(row, status=status, ended_at=now, last_error=remark)
    if row.address or row.user_id is None:
        # The row has no recipient any more, or never had one.
        OutgoingMail.objects.filter(pk=row.pk).delete()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
