"""The e-mails that the accounts app writes, each in plain text and HTML."""

from enum import StrEnum
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator

from accounts.models import User
from common.mail import messages


class SecondFactorChange(StrEnum):
    """What happened to a second factor; each value is how it is told."""

    SET_UP = "set up"
    NEW_CODES = "given new recovery codes"
    REMOVED = "removed"
    RESET = "reset by an administrator"


def reset_token(user: User) -> str:
    """A signed token that works until the password, the address or the last login changes."""
    return f"{user.public_id}.{default_token_generator.make_token(user)}"


def send_password_reset(user: User) -> None:
    """Raises `SMTPException` or `OSError` when the mail server does not take the mail."""
    token = reset_token(user)
    context = {
        "token": token,
        # After the `#`, so that it stays in the browser and out of every log on the way.
        "link": f"{settings.BASE_URL}/v1/auth/password/reset/form#token={quote(token)}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    _send(user, "password_reset", "Choose a new Lumiku password", context)


def send_verification(user: User, token: str) -> None:
    """Raises `SMTPException` or `OSError` when the mail server does not take the mail."""
    messages.send(verification(token), to=user.email)


def verification(token: str) -> messages.Message:
    context = {
        "token": token,
        "link": f"{settings.BASE_URL}/v1/auth/verify/form#token={quote(token)}",
        "hours": settings.VERIFY_EMAIL_TIMEOUT_S // 3600,
    }
    return messages.Message("accounts/mail/verification", "Confirm your e-mail address", context)


def send_password_changed(user: User) -> None:
    """Raises `SMTPException` or `OSError` when the mail server does not take the mail."""
    _send(user, "password_changed", "Your Lumiku password was changed", {})


def second_factor_changed(change: SecondFactorChange) -> messages.Message:
    subject = f"The second factor of your Lumiku account was {change}"
    return messages.Message("accounts/mail/second_factor_changed", subject, {"change": change})


def send_second_factor_changed(user: User, change: SecondFactorChange) -> None:
    """Raises `SMTPException` or `OSError` when the mail server does not take the mail."""
    messages.send(second_factor_changed(change), to=user.email)


def send_account_erased(user: User) -> None:
    """Raises `SMTPException` or `OSError` when the mail server does not take the mail."""
    _send(user, "account_erased", "Your Lumiku account was erased", {})


def _send(user: User, template: str, subject: str, context: dict[str, Any]) -> None:
    message = messages.Message(f"accounts/mail/{template}", subject, context)
    messages.send(message, to=user.email)
