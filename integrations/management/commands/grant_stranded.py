"""`manage.py grant_stranded`: grants credits to the addresses of a CSV file, once each."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import queries as accounts
from integrations.compat.removebg import stranded


class Command(BaseCommand):
    help = (
        f"{__doc__} The file has the columns email and credits. Addresses without an account are "
        "listed: run the same file again when they have registered."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path)
        parser.add_argument(
            "--operator", required=True, help="your e-mail address, for the operators' log"
        )
        parser.add_argument(
            "--campaign",
            default="removebg",
            help="an address is granted credits once per campaign (default: %(default)s)",
        )
        parser.add_argument("--reason", default="Credits left at another service")
        parser.add_argument("--dry-run", action="store_true", help="grant nothing, only say what")

    def handle(self, *args: Any, **options: Any) -> None:
        operator = accounts.anybody(options["operator"])
        if operator is None or not operator.is_staff:
            raise CommandError(f"{options['operator']} is not a member of staff")
        try:
            with options["csv"].open(newline="", encoding="utf-8-sig") as file:
                rows = stranded.read(file)
        except (OSError, UnicodeDecodeError, stranded.BadList) as problem:
            raise CommandError(str(problem)) from None
        outcomes: Counter[str] = Counter()
        for row, outcome in stranded.grant(
            rows,
            campaign=options["campaign"],
            reason=options["reason"],
            operator=operator,
            dry_run=options["dry_run"],
        ):
            outcomes[outcome] += 1
            self.stdout.write(f"{row.email}: {row.credits} credits, {outcome}")
        counts = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
        note = " Nothing was granted: this was a dry run." if options["dry_run"] else ""
        self.stdout.write(f"{len(rows)} addresses: {counts or 'none'}.{note}")
