"""Dispatching batches to workers, and whose turn it is. Rows are the queue; a message carries none.

A message for images says only that some wait: whoever receives it takes images of the batch whose
turn it is. So there need never be more messages than chunks that may start, and none is sent while
enough lie in the broker.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError

from batches.lifecycle import WORKING
from batches.models import Batch
from common.workqueue import TaskRef
from removal import bulk

logger = logging.getLogger(__name__)

BATCH, DELIVERY = "batch", "delivery"
# How many messages for images may lie in the broker; more workers than that find work by these.
MOST_MESSAGES = 64

WORK = TaskRef("batches.tasks.work", queue=BATCH)
# The sweeper sends these again for what is due, so messages that nobody took may expire.
ZIP_BATCH = TaskRef("batches.tasks.zip_batch", queue=DELIVERY, expires_s=120)
NOTIFY_BATCH = TaskRef("batches.tasks.notify_batch", queue=DELIVERY, expires_s=120)


@dataclass(frozen=True)
class Candidate:
    """An open batch with waiting images. `left` counts those that wait, `leased` those with
    workers, `leased_by_user` those of all of its owner's batches; `served_at` is when it last got
    a worker.
    """

    batch_id: int
    left: int
    leased: int
    leased_by_user: int
    served_at: datetime

    def room(self, *, chunk: int, chunks: int) -> int:
        """How many more of its images may be with workers."""
        return max(0, min(self.left, chunk * chunks - self.leased))


def dispatch_work() -> None:
    """Send one message for every chunk that could start and has none yet."""
    try:
        wanted = min(chunks_to_start(candidates()), MOST_MESSAGES)
        missing = wanted - WORK.backlog()
    except DatabaseError:
        logger.warning("the database is away; the sweeper will dispatch the batches")
        return
    for _ in range(missing):
        if not WORK.send():
            return


def candidates() -> Sequence[Candidate]:
    """Every open batch with waiting images."""
    batches = list(
        Batch.objects.filter(status__in=WORKING)
        .order_by()
        .values_list("pk", "user_id", "last_served_at")
    )
    counts = bulk.counts(batch_ids=[pk for pk, _, _ in batches])
    by_user = _leased_by_user(batches, counts)
    return [
        Candidate(pk, counts[pk].queued, counts[pk].processing, by_user[user_id], served_at)
        for pk, user_id, served_at in batches
        if counts[pk].queued
    ]


def ranked(waiting: Iterable[Candidate], *, now: datetime) -> list[Candidate]:
    """In the order of their turns: first whose owner, then which batch, has fewest with workers.

    Among equals the smaller one, where every second since it last got a worker counts as one
    image less: a large batch waits for small ones, but never for ever.
    """

    def claim(batch: Candidate) -> tuple[float, ...]:
        waited = (now - batch.served_at).total_seconds()
        return batch.leased_by_user, batch.leased, batch.left - waited, batch.batch_id

    return sorted(waiting, key=claim)


def chunks_to_start(waiting: Iterable[Candidate]) -> int:
    """How many chunks could start at this moment, were there workers enough."""
    chunk, chunks = settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT
    return sum(-(-batch.room(chunk=chunk, chunks=chunks) // chunk) for batch in waiting)


def _leased_by_user(
    batches: Collection[tuple[int, int | None, datetime]], counts: Mapping[int, bulk.Counts]
) -> Mapping[int | None, int]:
    by_user: dict[int | None, int] = {}
    for pk, user_id, _ in batches:
        by_user[user_id] = by_user.get(user_id, 0) + counts[pk].processing
    return by_user
