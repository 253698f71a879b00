"""`manage.py audit_ledger`: exit status 0 when the ledger is sound, else 1."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.audit import OPEN_HOURS, Report, audit
from common.http.errors import NotFound


class Command(BaseCommand):
    help = "Check that the ledger has not drifted, and say precisely where it has."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--account", help="only this account (acct_…)")
        parser.add_argument(
            "--open-hours",
            type=float,
            default=OPEN_HOURS,
            help="warn about holds that are open for longer (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            report = audit(
                now=timezone.now(), account=options["account"], open_hours=options["open_hours"]
            )
        except NotFound as error:
            raise CommandError(error.message, returncode=2) from None
        seconds = round(time.monotonic() - started, 3)
        self.stdout.write(_json(report, seconds) if options["json"] else _text(report, seconds))
        if not report.ok:
            sys.exit(1)


def _json(report: Report, seconds: float) -> str:
    return json.dumps({"ok": report.ok, "seconds": seconds, **asdict(report)}, indent=2)


def _text(report: Report, seconds: float) -> str:
    verdict = "sound" if report.ok else "BROKEN"
    size = f"{report.accounts} accounts, {report.entries} entries, {report.holds} holds"
    return "\n".join([*report.lines(), f"The ledger is {verdict}: {size} checked in {seconds} s"])
