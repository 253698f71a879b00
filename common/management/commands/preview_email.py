from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.mail import messages

RECIPIENT = "somebody@example.com"


class Command(BaseCommand):
    help = "Print an e-mail as it would be sent, with made-up data; without a name, list them all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("--html", action="store_true", help="the HTML part")

    def handle(self, *, name: str | None, html: bool, **_: Any) -> None:
        known = messages.previews()
        if name is None:
            self.stdout.write("\n".join(known))
            return
        if name not in known:
            raise CommandError(f"{name} is not one of: {', '.join(known)}")
        rendered = messages.render(known[name](), to=RECIPIENT)
        if html:
            self.stdout.write(rendered.html)
        else:
            self.stdout.write(f"To: {RECIPIENT}\nSubject: {rendered.subject}\n\n{rendered.text}")
