"""The Celery tasks of integrations.

The rows are the queue; a message only says that some are due.
"""

from typing import Any

from celery import shared_task
from django.utils import timezone

from integrations.compat import repeats
from integrations.compat.async_service import services as async_service
from integrations.compat.removebg import contributions
from integrations.webhooks import outbox, recorder, secrets, sender

# The last round may exceed its time by the time-out of a call.
_FOR_S = 60.0
_LIMIT_S = 120


@outbox.DELIVER_DUE.bind(time_limit=_LIMIT_S)
def deliver_due(**_: Any) -> None:
    sender.deliver_due(clock=timezone.now, for_s=_FOR_S)
    outbox.QUEUE.sweep(now=timezone.now())


@shared_task(name="integrations.tasks.purge_deliveries")
def purge_deliveries(**_: Any) -> None:
    outbox.purge(now=timezone.now())
    recorder.purge(now=timezone.now())
    secrets.encrypt_plain()


@shared_task(name="integrations.tasks.purge_repeats")
def purge_repeats(**_: Any) -> None:
    repeats.purge(now=timezone.now())
    async_service.purge(now=timezone.now())
    contributions.purge(now=timezone.now())
