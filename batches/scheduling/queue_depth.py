"""Queue depth of each kind of worker, from the rows alone; autoscalers read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Sum
from django.utils import timezone

from batches import notices
from batches.archive import queue as archives
from batches.models import Batch
from batches.scheduling import dispatch, turns
from common.observability import metrics
from common.workqueue import WorkQueue
from removal import bulk


@dataclass(frozen=True)
class Waiting:
    """Waiting rows, and how many seconds the most neglected of them was left alone.

    For singles that is since they came; a batch counts from when it last got a worker.
    """

    count: int
    oldest_s: float


def waiting(*, now: datetime) -> Mapping[str, Waiting]:
    """Waiting rows by queue: singles (`interactive`), images (`batch`), archives and notices
    (`delivery`).
    """
    singles, oldest = bulk.waiting_singles()
    images = Batch.objects.filter(turns.HAS_TURN).aggregate(
        count=Sum("waiting_images"), oldest=Min("last_served_at")
    )
    return {
        "interactive": Waiting(singles, _age([oldest] if oldest else [], now)),
        dispatch.BATCH: Waiting(
            images["count"] or 0, _age([images["oldest"]] if images["oldest"] else [], now)
        ),
        dispatch.DELIVERY: _deliveries(now),
    }


def _deliveries(now: datetime) -> Waiting:
    """Batches whose archive no worker writes now, or whose owner has no notice yet."""
    queues: tuple[WorkQueue[Batch], ...] = (archives.QUEUE, notices.QUEUE)
    found = [
        queue.due(now=now).order_by().aggregate(count=Count("pk"), oldest=Min("available_at"))
        for queue in queues
    ]
    oldest = [each["oldest"] for each in found if each["oldest"]]
    return Waiting(sum(each["count"] for each in found), _age(oldest, now))


def _age(moments: Iterable[datetime], now: datetime) -> float:
    oldest = min(moments, default=now)
    return max(0.0, (now - oldest).total_seconds())


def _counts() -> Mapping[str, float]:
    return {queue: found.count for queue, found in waiting(now=timezone.now()).items()}


metrics.reading("waiting", "Rows that wait for a worker", "queue", _counts)
