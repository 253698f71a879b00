"""Working on claimed images with several threads over one shared model.

The threads take images one by one from a shared queue, which claims the next chunk when it is
empty. So fetching, decoding, inference, encoding and storing of successive images overlap, and no
thread waits for the slowest image of a chunk. Each image is settled as soon as it is ready.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from common import database
from common.http.request_id import current_request_id, request_id
from removal import runner
from removal.bulk import leases
from removal.models import Job

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Take = Callable[[], Sequence[Job]]
OnEach = Callable[[int], None]

RENEWALS_PER_LEASE = 4


def run(
    take: Take, *, on_each: OnEach, slots: int | None = None, clock: Clock = timezone.now
) -> int:
    """Work until `take`, which claims the next chunk, comes back empty; returns how many images.

    `slots` (default BATCH_THREADS) images are computed at once; one more is being fetched or
    stored meanwhile. `on_each` gets the batch of every image that ended or went back. Leases are
    renewed as long as this process lives. Raises what `take` raises, once all threads have ended.
    """
    slots = slots or settings.BATCH_THREADS
    images = _Images(take)
    slot = threading.BoundedSemaphore(slots)
    workers = [
        threading.Thread(
            target=_work, args=(images, slot, on_each, clock), name=f"image-{number}", daemon=True
        )
        for number in range(slots + 1)
    ]
    with _LeaseRenewal(images, clock):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if images.problem:
        raise images.problem
    return images.done


class _Images:
    """Hands out claimed images, and claims the next chunk when it has none.

    An image that was begun before runs alone: it may have crashed its process, and a second crash
    must not cost other images an attempt.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []
        self._alone: Job | None = None
        self.problem: BaseException | None = None
        self.done = 0

    def next(self) -> Job | None:
        """The next image, once it may run; None when there is no more work."""
        with self._changed:
            self._changed.wait_for(lambda: self._alone is None)
            if not self._waiting and not self.problem:
                self._waiting.extend(self._take())
            if not self._waiting:
                return None
            job = self._waiting.popleft()
            self._running.append(job)
            if job.attempts:
                self._alone = job
                self._changed.wait_for(lambda: self._running == [job])
            return job

    def finished(self, job: Job) -> None:
        with self._changed:
            self._running.remove(job)
            self._alone = None if self._alone is job else self._alone
            self.done += 1
            self._changed.notify_all()

    def failed(self, problem: BaseException) -> None:
        """Claim no more; images that were not begun are claimed again when their leases expire."""
        with self._changed:
            self.problem = self.problem or problem
            self._waiting.clear()

    def tokens(self) -> list[UUID]:
        with self._changed:
            jobs = [*self._running, *self._waiting]
        return [job.lease_token for job in jobs if job.lease_token]


def _work(images: _Images, slot: runner.ComputeSlot, on_each: OnEach, clock: Clock) -> None:
    try:
        while job := images.next():
            try:
                _one(job, slot, on_each, clock)
            except Exception:
                logger.exception("%s is left to the sweeper", job.public_id)
            finally:
                images.finished(job)
    except BaseException as problem:
        images.failed(problem)
    finally:
        connections.close_all()


def _one(job: Job, slot: runner.ComputeSlot, on_each: OnEach, clock: Clock) -> None:
    with request_id(job.request_id or current_request_id()):
        if database.retrying(lambda: leases.begin(job=job, now=clock())):
            runner.process(job, clock=clock, slot=slot)
        on_each(job.batch_id or 0)


class _LeaseRenewal:
    """Extends the leases of all held images until the block ends; a dead process no longer does."""

    def __init__(self, images: _Images, clock: Clock) -> None:
        self._images = images
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-renewal", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(leases.lease().total_seconds() / RENEWALS_PER_LEASE):
                self._renew()
        finally:
            connections.close_all()

    def _renew(self) -> None:
        try:
            leases.renew(tokens=self._images.tokens(), now=self._clock())
        except DatabaseError as problem:
            logger.warning("leases could not be extended: %s", type(problem).__name__)
            connections.close_all()
