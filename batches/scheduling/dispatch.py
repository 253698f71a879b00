"""Dispatch of batch work to workers. Rows are the queue; a message carries none.

A message for images says only that some wait: whoever receives it takes images of the batch whose
turn it is. So there need never be more messages than chunks that may start, and none is sent while
enough lie in the broker.
"""

import logging
import math

from django.conf import settings
from django.db import DatabaseError

from batches.models import Batch
from batches.scheduling import turns
from common.workqueue import TaskRef
from removal import bulk

logger = logging.getLogger(__name__)

BATCH, DELIVERY = "batch", "delivery"
# The most messages for images in the broker; a worker that runs out dispatches the next ones.
MOST_MESSAGES = 64

WORK = TaskRef("batches.tasks.work", queue=BATCH)
# The sweeper sends these again for what is due, so messages that were not consumed may expire.
ZIP_BATCH = TaskRef("batches.tasks.zip_batch", queue=DELIVERY, expires_s=120)
REBUILD_ZIP = TaskRef("batches.tasks.rebuild_zip", queue=DELIVERY, expires_s=120)
NOTIFY_BATCH = TaskRef("batches.tasks.notify_batch", queue=DELIVERY, expires_s=120)


def dispatch_work() -> None:
    """Send one message for every chunk that could start and has none yet."""
    try:
        missing = chunks_to_start() - WORK.backlog()
    except DatabaseError:
        logger.warning("the database is unavailable; the sweeper will dispatch the batches")
        return
    for _ in range(missing):
        if not WORK.send():
            return


def chunks_to_start() -> int:
    """The number of chunks that could start now with workers enough; at most as many as
    there should be messages.
    """
    chunk, most = settings.BATCH_CHUNK_IMAGES, most_in_flight()
    leased = bulk.in_flight().by_batch
    found = Batch.objects.filter(turns.HAS_TURN).order_by("turn_at", "pk")
    # A batch without leased images can always start a chunk, so no more batches need be read.
    waiting = found.values_list("pk", "waiting_images")[: MOST_MESSAGES + len(leased)]
    rooms = [max(min(images, most - leased.get(pk, 0)), 0) for pk, images in waiting]
    return min(sum(math.ceil(room / chunk) for room in rooms), MOST_MESSAGES)


def most_in_flight() -> int:
    """The most images of one batch that may be with workers at once."""
    return settings.BATCH_CHUNK_IMAGES * settings.BATCH_CHUNKS_IN_FLIGHT
