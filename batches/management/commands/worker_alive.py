"""`manage.py worker_alive QUEUE`: the health check of a worker's container.

Unhealthy is a worker that has begun nothing for a while although work of its queue waits for just
as long. One without work is healthy, and so is one whose database is unavailable: a restart mends
neither.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from batches.scheduling import queue_depth
from common.observability import liveness

QUEUES = ("interactive", "batch", "delivery")


class Command(BaseCommand):
    help = "Exit status 1 when this container's worker does not take the work that waits for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=QUEUES)
        parser.add_argument("--max-idle-s", type=float, default=300.0, help="default: %(default)s")

    def handle(self, *_: Any, **options: Any) -> None:
        queue, limit = options["queue"], options["max_idle_s"]
        idle = liveness.idle_s()
        if idle is not None and idle <= limit:
            return
        try:
            waiting = queue_depth.waiting(now=timezone.now())[queue]
        except DatabaseError:
            return
        if waiting.count and waiting.oldest_s > limit:
            raise CommandError(
                f"{waiting.count} wait in {queue}, for up to {waiting.oldest_s:.0f} s, and nothing "
                f"was begun here for {'ever' if idle is None else f'{idle:.0f} s'}"
            )
