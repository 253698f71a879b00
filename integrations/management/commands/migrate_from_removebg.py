"""`manage.py migrate_from_removebg`: finds uses of remove.bg's API, and tries out a key here."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.compat.removebg import smoke
from integrations.compat.removebg.scan import scan


class Command(BaseCommand):
    help = (
        f"{__doc__} --scan lists every line of a code base that has to change; it changes nothing. "
        "--check asks a running service for a key's credits and has one preview cut out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--scan", type=Path, metavar="DIR", help="the folder of your code")
        what.add_argument("--check", metavar="KEY", help="an API key of this service")
        parser.add_argument(
            "--host", default=settings.BASE_URL, help="the service (default: %(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scan"] is not None:
            self._scan(options["scan"], as_json=options["json"])
        else:
            self._check(options["host"].rstrip("/"), options["check"], as_json=options["json"])

    def _scan(self, folder: Path, *, as_json: bool) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder")
        uses = list(scan(folder))
        if as_json:
            shown = [{**asdict(use), "path": str(use.path)} for use in uses]
            self.stdout.write(json.dumps(shown, indent=2))
            return
        for use in uses:
            self.stdout.write(f"{use.path}:{use.line}: {use.text}\n    {use.advice}")
        files = len({use.path for use in uses})
        self.stdout.write(
            f"{len(uses)} lines in {files} files use remove.bg's API."
            if uses
            else "Nothing here uses remove.bg's API."
        )

    def _check(self, host: str, key: str, *, as_json: bool) -> None:
        try:
            found = smoke.trial(host=host, key=key)
        except smoke.SmokeFailed as failure:
            raise CommandError(str(failure)) from None
        if as_json:
            self.stdout.write(json.dumps(asdict(found)))
            return
        self.stdout.write(
            f"The key works at {host}: {found.credits:g} credits. One preview was cut out by "
            f"{found.model} for {found.charged:g} credits."
        )
