"""The work queue of Stripe's events."""

from datetime import timedelta

from django.db.models import Q

from billing.models.events import EventStatus, StripeEvent
from common.workqueue import TaskRef, WorkQueue, doubling

MAX_ATTEMPTS = 12
# The lease is longer than the slowest attempt, so that it never expires while a worker is busy.
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)

WORK_PAYMENTS = TaskRef("billing.tasks.work_payments", queue="delivery", expires_s=120)

QUEUE: WorkQueue[StripeEvent] = WorkQueue(
    model=StripeEvent,
    open=Q(status=EventStatus.PENDING),
    lease=lambda: LEASE,
    backoff=doubling(FIRST_WAIT, longest=LONGEST_WAIT),
    longest_wait=LONGEST_WAIT,
    max_attempts=lambda: MAX_ATTEMPTS,
    given_up=lambda now: {"status": EventStatus.FAILED, "processed_at": now},
    reopened={"status": EventStatus.PENDING, "processed_at": None},
    task=WORK_PAYMENTS,
)
