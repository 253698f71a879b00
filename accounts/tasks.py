"""Celery tasks of the accounts app."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts import mail
from accounts.services import erasure, export, retention
from common.mail import outbox

# Messages of the previous release, which queued its mails in the broker only. This release sends
# none, and the next one removes the tasks.


@shared_task
def send_password_reset(*, user_id: int | None, **_: Any) -> None:
    outbox.put(mail.PASSWORD_RESET, user_id=user_id, now=timezone.now())


@shared_task
def send_password_changed(*, user_id: int, **_: Any) -> None:
    outbox.put(mail.PASSWORD_CHANGED, user_id=user_id, now=timezone.now())


@shared_task
def send_second_factor_changed(*, user_id: int, change: str, **_: Any) -> None:
    kind, context = mail.SECOND_FACTOR_CHANGED, {"change": change}
    outbox.put(kind, user_id=user_id, context=context, now=timezone.now())


@shared_task
def purge_tokens(**_: Any) -> None:
    """Delete expired refresh tokens and login sessions that have none left."""
    retention.purge_tokens(now=timezone.now())


@erasure.ERASE_ACCOUNTS.bind(time_limit=erasure.TIME_LIMIT_S)
def erase_accounts(**_: Any) -> None:
    """Continue the account erasures that are due."""
    erasure.run()
    erasure.sweep(now=timezone.now())


@export.BUILD_EXPORTS.bind(time_limit=export.TIME_LIMIT_S)
def build_exports(**_: Any) -> None:
    """Build the data exports that are due."""
    export.run()
    export.sweep(now=timezone.now())


@shared_task
def purge_exports(**_: Any) -> None:
    """Delete data exports that have expired."""
    export.purge(now=timezone.now())
