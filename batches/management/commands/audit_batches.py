"""`manage.py audit_batches`: exit status 0 when all batches add up, else 1."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from batches.audit import Report, audit


class Command(BaseCommand):
    help = "Check that every batch agrees with its images and with the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = audit(now=timezone.now())
        self.stdout.write(_json(report) if options["json"] else _text(report))
        if not report.ok:
            sys.exit(1)


def _json(report: Report) -> str:
    return json.dumps({"ok": report.ok, **asdict(report)}, indent=2)


def _text(report: Report) -> str:
    verdict = "sound" if report.ok else "BROKEN"
    return "\n".join([*report.lines(), f"Batches are {verdict}: {report.batches} checked"])
