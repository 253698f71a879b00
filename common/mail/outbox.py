"""The outbox: every e-mail of the product is a row first, and is sent from the row.

The row is written in the transaction of what it tells, so both happen or neither. Rows wait out an
emptied broker, a worker that dies, and a mail server that is unavailable. `delivery` sends them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from common.http.request_id import current_request_id
from common.ids import new_id
from common.mail.kinds import Kind
from common.mail.models import MailStatus, OutgoingMail
from common.workqueue import TaskRef, WorkQueue, doubling

MAX_ATTEMPTS = 10
# Longer than the timeout of the mail server, so that no other worker claims a mail being sent.
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)

SEND_MAILS = TaskRef("common.tasks.send_mails", queue="maintenance", expires_s=120)

QUEUE: WorkQueue[OutgoingMail] = WorkQueue(
    model=OutgoingMail,
    open=Q(status=MailStatus.WAITING),
    lease=lambda: LEASE,
    backoff=doubling(FIRST_WAIT, longest=LONGEST_WAIT),
    longest_wait=LONGEST_WAIT,
    max_attempts=lambda: MAX_ATTEMPTS,
    given_up=lambda now: {"status": MailStatus.GIVEN_UP, "ended_at": now},
    reopened={"status": MailStatus.WAITING, "ended_at": None},
    task=SEND_MAILS,
)


def put(
    kind: Kind,
    *,
    user_id: int | None,
    now: datetime,
    key: str = "",
    context: Mapping[str, Any] | None = None,
    address: str = "",
    language: str = "",
) -> None:
    """Write a mail down in the caller's transaction; a second one under the same `key` is none.

    `context` must hold no secret. With `user_id` of None nothing is sent: it takes the same time,
    so that whoever asks for a reset cannot tell whether an account has the address. `address` and
    `language` are for what the user's own will not be there for any more.
    """
    row = OutgoingMail(
        key=key or new_id("mail"),
        kind=kind.name,
        user_id=user_id,
        address=address,
        language=language,
        context=dict(context or {}),
        urgent=kind.urgent,
        request_id=current_request_id(),
        created_at=now,
        requested_at=now,
        available_at=now,
        dispatched_at=now,
    )
    OutgoingMail.objects.bulk_create([row], ignore_conflicts=True)
    QUEUE.dispatch()


@transaction.atomic
def send_again(mails: QuerySet[OutgoingMail], *, now: datetime) -> int:
    """Send mails once more, whatever became of them; returns how many.

    A worker that holds one at this moment loses it, so its outcome does not count.
    """
    mails.update(requested_at=now)
    count = QUEUE.replay(mails, now=now)
    QUEUE.dispatch()
    return count


def forget(*, user_id: int) -> None:
    """Delete every mail to a user who is being erased, but the one that says so."""
    OutgoingMail.objects.filter(user_id=user_id, address="").delete()
