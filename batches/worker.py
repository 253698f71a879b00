"""Chunk worker: claims a few images of the batch whose turn it is, and works on them."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from batches import finalize, services
from batches.lifecycle import WORKING, BatchStatus
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
    passed_over: list[int] = []
    for batch_id in turns.in_order():
        try:
            if jobs := _claim(batch_id, now, nowait=True):
                return jobs
        except Locked:
            passed_over.append(batch_id)
    for batch_id in passed_over:
        if jobs := _claim(batch_id, now):
            return jobs
    return ()


class Locked(Exception):
    """Another worker is claiming from this batch."""


@transaction.atomic
def _claim(batch_id: int, now: datetime, *, nowait: bool = False) -> Sequence[ClaimedImage]:
    """Claim images under the lock of the batch's row, so that the limit of its images in flight
    holds exactly.

    Raises Locked with `nowait`.
    """
    batch = _locked(batch_id, nowait=nowait)
    if batch is None:
        return ()
    room = dispatch.most_in_flight() - bulk.leased(batch_id=batch_id)
    if room <= 0:
        return ()
    limit = min(room, settings.BATCH_CHUNK_IMAGES)
    jobs = bulk.claim(batch_id=batch_id, limit=limit, now=now)
    if jobs:
        batch.last_served_at = now
        batch.waiting_images = max(batch.waiting_images - len(jobs), 0)
        if batch.status == BatchStatus.PENDING:
            services.mark_started(batch_id=batch_id, now=now)
    else:
        # Fewer wait than was thought, or those that wait are paused.
        batch.waiting_images = bulk.counts(batch_ids=[batch_id])[batch_id].queued
    Batch.objects.filter(pk=batch_id).update(
        last_served_at=batch.last_served_at,
        waiting_images=batch.waiting_images,
        turn_at=turns.turn_at(served_at=now, waiting=batch.waiting_images),
    )
    return jobs


def _locked(batch_id: int, *, nowait: bool) -> Batch | None:
    """The locked row of a batch whose images are worked on; None when they no longer are."""
    rows = Batch.objects.filter(pk=batch_id, status__in=WORKING)
    shown = rows.only("pk", "status", "last_served_at", "waiting_images")
    batch = shown.select_for_update(skip_locked=nowait).first()
    if batch is None and nowait and rows.exists():
        raise Locked
    return batch


def _ended(batch_id: int, now: datetime) -> None:
    notify.changed(batch_id=batch_id)
    batch_progressed.send_robust(sender=Batch, batch_id=batch_id, now=now)
    finalize.finish_if_done(batch_id=batch_id, now=now)
