"""`manage.py rebuild_stats`: compute all hourly rollups anew, from the first job on."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from adminstats import rollups


class Command(BaseCommand):
    help = "Counts all hours of the statistics anew; safe at any time, as often as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        until = rollups.rebuild(now=timezone.now())
        self.stdout.write(f"Counted until {until.isoformat()}" if until else "Nothing to count")
