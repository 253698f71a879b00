"""`manage.py create_demo`: a demo account with credits and an API key, and an administrator."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.services.demo import Demo, make_demo


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--state",
            type=Path,
            help="a JSON file with the secrets of an earlier run; those that still work are kept",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        demo = make_demo(known=_known(options["state"]), now=timezone.now()).as_json()
        if options["json"]:
            self.stdout.write(json.dumps(demo))
            return
        for name, value in demo.items():
            self.stdout.write(f"{name:<14} {value}")


def _known(state: Path | None) -> Demo:
    try:
        known = json.loads(state.read_text()) if state else {}
    except (OSError, ValueError):
        known = {}
    return Demo.of(known if isinstance(known, dict) else {})
