"""Ringing the workers of batches, and whose turn it is. Rows are the queue; a ring carries none.

A ring for images says only that some wait: whoever hears it takes the most deserving batch. So
there need never be more rings than chunks that may start, and none is rung while enough lie in
the broker.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from celery import current_app
from django.conf import settings
from django.db import DatabaseError
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from batches.lifecycle import WORKING
from batches.models import Batch
from common import valkey
from removal import bulk

logger = logging.getLogger(__name__)

WORK = "batches.tasks.work"
ZIP = "batches.tasks.zip_batch"
NOTIFY = "batches.tasks.notify_batch"
BATCH, DELIVERY = "batch", "delivery"
# The sweeper rings again for what is due, so rings that nobody heard may expire.
RING_KEPT_S = 120


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


def ring_work() -> None:
    """Ring once for every chunk that could start and has no ring yet."""
    try:
        wanted = min(chunks_to_start(candidates()), settings.BATCH_MAX_RINGS)
        missing = wanted - _backlog(BATCH)
    except DatabaseError:
        logger.warning("the database is away; the sweeper will ring for the batches")
        return
    for _ in range(missing):
        if not _ring(WORK, BATCH):
            return


def ring_zip(batch_id: int) -> None:
    """All images of a batch have ended: its archive is due."""
    _ring(ZIP, DELIVERY, kept_s=RING_KEPT_S, batch_id=batch_id)


def ring_notify(batch_id: int) -> None:
    """A batch has ended: its owner should hear of it."""
    _ring(NOTIFY, DELIVERY, kept_s=RING_KEPT_S, batch_id=batch_id)


def candidates() -> Sequence[Candidate]:
    """Every open batch with waiting images."""
    batches = list(
        Batch.objects.filter(status__in=WORKING).order_by().values_list("pk", "user_id", "rung_at")
    )
    counts = bulk.counts(batch_ids=[pk for pk, _, _ in batches])
    by_user = _leased_by_user(batches, counts)
    return [
        Candidate(pk, counts[pk].queued, counts[pk].processing, by_user[user_id], served_at)
        for pk, user_id, served_at in batches
        if counts[pk].queued
    ]


def ranked(waiting: Iterable[Candidate], *, now: datetime) -> list[Candidate]:
    """The most deserving first: whose owner, then which batch, has the fewest images with workers.

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


def _backlog(queue: str) -> int:
    """How many rings the broker still holds; 0 when it cannot say."""
    try:
        return cast(int, valkey.client().llen(queue))
    except RedisError:
        return 0


def _ring(task: str, queue: str, *, kept_s: int | None = None, **arguments: int) -> bool:
    """Never raises: a broker that is away costs only the sweeper's delay."""
    try:
        current_app.send_task(
            task,
            kwargs=arguments,
            queue=queue,
            expires=kept_s,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    except (OperationalError, RedisError):
        logger.warning("the broker is away; the sweeper will ring for %s", task)
        return False
    return True
