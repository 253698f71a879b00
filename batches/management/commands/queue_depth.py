"""`manage.py queue_depth`: how much waits for each kind of worker."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from batches.scheduling import queue_depth


class Command(BaseCommand):
    help = "Print the number of waiting rows of each queue, as the database has them"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        found = queue_depth.waiting(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({queue: asdict(each) for queue, each in found.items()}))
            return
        for queue, each in found.items():
            self.stdout.write(f"{queue}: {each.count}, oldest {each.oldest_s:.0f} s")
