"""`manage.py maintenance on|off|status`: refuse new work for a while."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from common import maintenance
from common.operators import audit_log


class Command(BaseCommand):
    help = (
        "Turns maintenance mode on or off. While it is on, whatever would start work is answered "
        "503 with Retry-After; status, downloads, health and the admin stay, and work under way "
        "ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("state", choices=("on", "off", "status"))
        parser.add_argument("--message", default="", help="the message that callers get (with on)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["state"] == "on":
            maintenance.begin(
                message=options["message"].strip(), by=audit_log.CONSOLE, now=timezone.now()
            )
        elif options["state"] == "off":
            maintenance.end(by=audit_log.CONSOLE)
        mode = maintenance.current()
        if mode is None:
            self.stdout.write("Maintenance is off.")
        else:
            message = mode.message or maintenance.MESSAGE
            self.stdout.write(f"Maintenance is on since {mode.since:%Y-%m-%d %H:%M} UTC: {message}")
