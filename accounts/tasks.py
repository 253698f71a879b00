"""What the accounts app does outside of requests."""

from smtplib import SMTPException
from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts import mail
from accounts.models import User
from accounts.services import erasure, retention
from common.mail import recipients

_MAIL_TROUBLE = (SMTPException, OSError)


@shared_task(autoretry_for=_MAIL_TROUBLE, retry_backoff=5, retry_backoff_max=300, max_retries=6)
def send_password_reset(*, user_id: int | None, **_: Any) -> None:
    """`user_id` is `None` when nobody has the address, so that asking looks the same to all."""
    user = _reachable(user_id)
    if user is not None:
        mail.send_password_reset(user)


@shared_task(autoretry_for=_MAIL_TROUBLE, retry_backoff=5, retry_backoff_max=300, max_retries=6)
def send_verification(*, user_id: int, **_: Any) -> None:
    from accounts.services import verification  # noqa: PLC0415 - it starts this task

    user = _reachable(user_id)
    if user is not None and user.email_verified_at is None:
        mail.send_verification(user, verification.token_of(user))


@shared_task(autoretry_for=_MAIL_TROUBLE, retry_backoff=5, retry_backoff_max=300, max_retries=6)
def send_password_changed(*, user_id: int, **_: Any) -> None:
    user = _reachable(user_id)
    if user is not None and recipients.is_verified(user):
        mail.send_password_changed(user)


@shared_task(autoretry_for=_MAIL_TROUBLE, retry_backoff=5, retry_backoff_max=300, max_retries=6)
def send_second_factor_changed(*, user_id: int, change: str, **_: Any) -> None:
    """`change` is one of `mail.SecondFactorChange`."""
    user = _reachable(user_id)
    if user is not None and recipients.is_verified(user):
        mail.send_second_factor_changed(user, mail.SecondFactorChange(change))


@shared_task
def purge_tokens(**_: Any) -> None:
    """Forget refresh tokens that have expired and login sessions that have none left."""
    retention.purge_tokens(now=timezone.now())


@erasure.ERASE_ACCOUNTS.bind(time_limit=erasure.TIME_LIMIT_S)
def erase_accounts(**_: Any) -> None:
    """Go on with the accounts that are being erased."""
    erasure.run()
    erasure.sweep(now=timezone.now())


def _reachable(user_id: int | None) -> User | None:
    return User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
