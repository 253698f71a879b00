"""Mails in plain text and HTML, from pairs of templates; rendering, sending and previews.

An app names examples of its e-mails in its module `mail_previews`, which `manage.py preview_email`
reads; nothing else imports it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.module_loading import autodiscover_modules

_previews: dict[str, Callable[[], "Message"]] = {}


@dataclass(frozen=True)
class Message:
    """Content of a mail: `template` names `<template>.txt` and `<template>.html`.

    It is made and rendered in the current language, which delivery makes that of the reader.
    Templates see `context`, `email` (to whom), `base_url` and, in notices, `unsubscribe_url`.
    """

    template: str
    subject: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(message: Message, *, to: str, unsubscribe_url: str = "") -> Rendered:
    context = {
        "email": to,
        "base_url": settings.BASE_URL,
        "unsubscribe_url": unsubscribe_url,
        **message.context,
    }
    text, html = (
        render_to_string(f"{message.template}.{kind}", context) for kind in ("txt", "html")
    )
    # A line break in a header would start another one.
    return Rendered(" ".join(message.subject.split()), text, html)


def send(message: Message, *, to: str, unsubscribe_url: str = "") -> None:
    """Send a mail; one with an `unsubscribe_url` shows it, and its headers name it (RFC 8058).

    Raises `SMTPException` or `OSError` when the mail server does not take the mail.
    """
    rendered = render(message, to=to, unsubscribe_url=unsubscribe_url)
    headers = {}
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(rendered.subject, rendered.text, to=[to], headers=headers)
    mail.attach_alternative(rendered.html, "text/html")
    mail.send()


def preview(name: str) -> Callable[[Callable[[], Message]], Callable[[], Message]]:
    """Make an example known under `name`."""

    def register(example: Callable[[], Message]) -> Callable[[], Message]:
        _previews[name] = example
        return example

    return register


def previews() -> Mapping[str, Callable[[], Message]]:
    """The examples of every installed app, by name."""
    autodiscover_modules("mail_previews")
    return dict(sorted(_previews.items()))
