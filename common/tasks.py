"""Tasks of the shared kernel."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from common.http.idempotency import store
from common.mail import delivery
from common.mail.outbox import SEND_MAILS


@shared_task
def purge_idempotency(**_: Any) -> None:
    store.purge(now=timezone.now())


@SEND_MAILS.bind()
def send_mails(**_: Any) -> None:
    """Send what the outbox holds."""
    delivery.send_due()


@shared_task
def sweep_mails(**_: Any) -> None:
    """Sweep the outbox: lost messages, retries, leases of workers that died."""
    delivery.sweep(now=timezone.now())
    delivery.send_due()


@shared_task
def purge_mails(**_: Any) -> None:
    delivery.purge(now=timezone.now())
