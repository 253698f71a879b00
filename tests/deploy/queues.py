"""The Celery queues, and those that a set of worker commands consumes."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from batches.scheduling import dispatch


def routed() -> set[str]:
    """Every queue that the code sends messages to."""
    routes = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    return routes | {settings.CELERY_TASK_DEFAULT_QUEUE, dispatch.BATCH, dispatch.DELIVERY}


def consumed(commands: Iterable[Sequence[str]]) -> set[str]:
    """The queues in the first argument of every `worker.sh`."""
    return {
        queue
        for command in commands
        if command and command[0].endswith("worker.sh")
        for queue in command[1].split(",")
    }
