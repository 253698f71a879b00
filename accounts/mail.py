"""The e-mails that the accounts app writes, each in plain text and HTML."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import User


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


def send_password_changed(user: User) -> None:
    """Raises `SMTPException` or `OSError` when the mail server does not take the mail."""
    _send(user, "password_changed", "Your Lumiku password was changed", {})


def _send(user: User, template: str, subject: str, context: dict[str, Any]) -> None:
    context = {"email": user.email, "base_url": settings.BASE_URL, **context}
    text, html = (
        render_to_string(f"accounts/mail/{template}.{kind}", context) for kind in ("txt", "html")
    )
    message = EmailMultiAlternatives(subject, text, to=[user.email])
    message.attach_alternative(html, "text/html")
    message.send()
