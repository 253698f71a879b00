"""Chunk worker: claims a few images of the batch whose turn it is, and works on them."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from batches import finalize, services
from batches.lifecycle import BatchStatus
from batches.models import Batch
from batches.scheduling import dispatch, turns
from batches.signals import batch_progressed
from batches.websocket import notify
from common.observability import metrics
from removal import bulk
from removal.bulk import ClaimedImage, work

Clock = Callable[[], datetime]
Stopwatch = Callable[[], float]

SECONDS = metrics.histogram(
    "chunk_seconds", "How long a chunk worker was busy in one go", buckets=(1, 5, 10, 20, 40, 80)
)
IMAGES = metrics.counter("chunk_images_total", "Images that chunk workers brought to an end")


def run(*, clock: Clock = timezone.now, stopwatch: Stopwatch = time.monotonic) -> int:
    """Work on whatever waits for up to BATCH_SLICE_S, and the images then begun; returns how many.

    The batch that is next is chosen anew for every chunk. Between slices the process may be
    replaced, and then the messages decide which worker goes on. `stopwatch` counts seconds and,
    unlike `clock`, is never set back.
    """
    began = stopwatch()

    def chunk() -> Sequence[ClaimedImage]:
        return take(now=clock()) if stopwatch() - began < settings.BATCH_SLICE_S else ()

    done = work.run(chunk, on_each=lambda batch_id: _ended(batch_id, clock()), clock=clock)
    if done:
        SECONDS.observe(stopwatch() - began)
        IMAGES.inc(done)
        # Not after an idle slice: a message for images that cannot be claimed would only wake a
        # worker that finds nothing and sends another. The sweeper dispatches those.
        dispatch.dispatch_work()
    return done


def take(*, now: datetime) -> Sequence[ClaimedImage]:
    """Lease a chunk of the batch whose turn it is; empty when no batch with room waits.

    A batch that another worker is claiming from at this moment is passed over, so that workers do
    not queue up behind each other; it is waited for only when there is nothing else.
    """
    in_flight = bulk.in_flight()
    examined: list[int] = []

    def claim_of(lock: Callable[[], Batch | None]) -> Sequence[ClaimedImage] | None:
        """Images of the batch that `lock` returns; None when it returns none."""
        with transaction.atomic():
            batch = lock()
            if batch is None:
                return None
            examined.append(batch.pk)
            return _claim(batch, now)

    while (jobs := claim_of(partial(turns.lock_idle, in_flight, examined))) is not None:
        if jobs:
            return jobs
    for batch_id in turns.of_busy(in_flight):
        if jobs := claim_of(partial(turns.lock, batch_id, skip_locked=True)):
            return jobs
    for batch_id in turns.in_order():
        if batch_id not in examined and (jobs := claim_of(partial(turns.lock, batch_id))):
            return jobs
    return ()


def _claim(batch: Batch, now: datetime) -> Sequence[ClaimedImage]:
    """Claim images of a locked batch; the lock makes the limit of its images in flight exact."""
    room = dispatch.most_in_flight() - bulk.leased(batch_id=batch.pk)
    if room <= 0:
        return ()
    limit = min(room, settings.BATCH_CHUNK_IMAGES)
    jobs = bulk.claim(batch_id=batch.pk, limit=limit, now=now)
    if jobs:
        batch.last_served_at = now
        batch.waiting_images = max(batch.waiting_images - len(jobs), 0)
        if batch.status == BatchStatus.PENDING:
            services.mark_started(batch_id=batch.pk, now=now)
    else:
        # Fewer wait than was thought, or those that wait are paused.
        batch.waiting_images = bulk.counts(batch_ids=[batch.pk])[batch.pk].queued
    Batch.objects.filter(pk=batch.pk).update(
        last_served_at=batch.last_served_at,
        waiting_images=batch.waiting_images,
        turn_at=turns.turn_at(served_at=now, waiting=batch.waiting_images),
    )
    return jobs


def _ended(batch_id: int, now: datetime) -> None:
    notify.changed(batch_id=batch_id)
    batch_progressed.send_robust(sender=Batch, batch_id=batch_id, now=now)
    finalize.finish_if_done(batch_id=batch_id, now=now)
