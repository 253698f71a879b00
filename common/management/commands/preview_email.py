from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from common.mail import messages, preferences

RECIPIENT = "somebody@example.com"


class Command(BaseCommand):
    help = "Print an e-mail as it would be sent, with made-up data; without a name, list them all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("--html", action="store_true", help="the HTML part")
        parser.add_argument(
            "--language",
            choices=[code for code, _ in settings.LANGUAGES],
            default=preferences.DEFAULT_LANGUAGE,
        )

    def handle(self, *, name: str | None, html: bool, language: str, **_: Any) -> None:
        known = messages.previews()
        if name is None:
            self.stdout.write("\n".join(known))
            return
        if name not in known:
            raise CommandError(f"{name} is not one of: {', '.join(known)}")
        with translation.override(language):
            rendered = messages.render(known[name](), to=RECIPIENT)
        if html:
            self.stdout.write(rendered.html)
        else:
            self.stdout.write(f"To: {RECIPIENT}\nSubject: {rendered.subject}\n\n{rendered.text}")
