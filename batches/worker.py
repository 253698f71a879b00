"""What a chunk worker does: take images of the batch whose turn it is, a handful at a time."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from batches import finalize, services
from batches.lifecycle import WORKING
from batches.models import Batch
from batches.scheduling import dispatch
from batches.scheduling.dispatch import Candidate
from batches.websocket import notify
from common.observability import metrics
from removal import bulk
from removal.bulk import work
from removal.models import Job

Clock = Callable[[], datetime]
Stopwatch = Callable[[], float]

SECONDS = metrics.histogram(
    "chunk_seconds", "How long a chunk worker was busy in one go", buckets=(1, 5, 10, 20, 40, 80)
)
IMAGES = metrics.counter("chunk_images_total", "Images that chunk workers brought to an end")


def run(*, clock: Clock = timezone.now, stopwatch: Stopwatch = time.monotonic) -> int:
    """Work on whatever waits for up to BATCH_SLICE_S, and the images then begun; returns how many.

    Whose turn it is gets decided anew with every handful. Between slices the process may be
    replaced, and then the messages decide which worker goes on. `stopwatch` counts seconds and,
    unlike `clock`, is never set back.
    """
    began = stopwatch()

    def handful() -> Sequence[Job]:
        return take(now=clock()) if stopwatch() - began < settings.BATCH_SLICE_S else ()

    done = work.run(handful, on_each=lambda batch_id: _ended(batch_id, clock()), clock=clock)
    if done:
        SECONDS.observe(stopwatch() - began)
        IMAGES.inc(done)
        # Not after an idle slice: what waits but cannot be claimed is the sweeper's, and sending
        # messages for it would go round in circles.
        dispatch.dispatch_work()
    return done


def take(*, now: datetime) -> Sequence[Job]:
    """Lease a handful of the batch whose turn it is; empty when no batch with room waits."""
    chunk, chunks = settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT
    for batch in dispatch.ranked(dispatch.candidates(), now=now):
        if batch.room(chunk=chunk, chunks=chunks) and (jobs := _claim(batch, now)):
            return jobs
    return ()


@transaction.atomic
def _claim(batch: Candidate, now: datetime) -> Sequence[Job]:
    """Under the batch's row, so that the limit of its images in flight holds exactly."""
    row = Batch.objects.filter(pk=batch.batch_id, status__in=WORKING)
    if row.select_for_update().values_list("pk").first() is None:
        return ()
    most = settings.BATCH_CHUNK_IMAGES * settings.BATCH_CHUNKS_IN_FLIGHT
    room = most - bulk.leased(batch_id=batch.batch_id)
    if room <= 0:
        return ()
    limit = min(room, settings.BATCH_CHUNK_IMAGES)
    jobs = bulk.claim(batch_id=batch.batch_id, limit=limit, now=now)
    if jobs:
        row.update(last_served_at=now)
        services.mark_started(batch_id=batch.batch_id, now=now)
    return jobs


def _ended(batch_id: int, now: datetime) -> None:
    notify.changed(batch_id=batch_id)
    finalize.finish_if_done(batch_id=batch_id, now=now)
