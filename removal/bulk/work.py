"""Working on claimed images with several threads over one shared model.

The threads take images one by one from a feed that claims the next handful when it is empty, so
fetching, decoding, inference, encoding and storing of neighbours overlap and nothing waits for
the slowest of a handful. Each image is settled as soon as it is ready.
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

BEATS_PER_LEASE = 4


def run(
    take: Take, *, on_each: OnEach, slots: int | None = None, clock: Clock = timezone.now
) -> int:
    """Work until `take`, which claims the next handful, comes back empty; returns how many images.

    `slots` (default BATCH_THREADS) images are computed at once; one more is being fetched or
    stored meanwhile. `on_each` gets the batch of every image that ended or went back. Leases are
    kept alive as long as this process lives. Raises what `take` raises, once all threads rest.
    """
    slots = slots or settings.BATCH_THREADS
    feed = _Feed(take)
    gate = threading.BoundedSemaphore(slots)
    workers = [
        threading.Thread(
            target=_work, args=(feed, gate, on_each, clock), name=f"image-{number}", daemon=True
        )
        for number in range(slots + 1)
    ]
    with _Heart(feed, clock):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if feed.problem:
        raise feed.problem
    return feed.done


class _Feed:
    """Hands out claimed images, and claims the next handful when it has none.

    One that was begun before runs alone: it may have taken its process down, and then it must
    not take others with it again.
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
        """Claim no more; what was claimed and never begun comes free with its lease."""
        with self._changed:
            self.problem = self.problem or problem
            self._waiting.clear()

    def tokens(self) -> list[UUID]:
        with self._changed:
            jobs = [*self._running, *self._waiting]
        return [job.lease_token for job in jobs if job.lease_token]


def _work(feed: _Feed, gate: runner.Gate, on_each: OnEach, clock: Clock) -> None:
    try:
        while job := feed.next():
            try:
                _one(job, gate, on_each, clock)
            except Exception:
                logger.exception("%s is left to the sweeper", job.public_id)
            finally:
                feed.finished(job)
    except BaseException as problem:
        feed.failed(problem)
    finally:
        connections.close_all()


def _one(job: Job, gate: runner.Gate, on_each: OnEach, clock: Clock) -> None:
    with request_id(job.request_id or current_request_id()):
        if database.patiently(lambda: leases.begin(job=job, now=clock())):
            runner.process(job, clock=clock, gate=gate)
        on_each(job.batch_id or 0)


class _Heart:
    """Extends the leases of a feed's images until the block ends, as a dead process cannot."""

    def __init__(self, feed: _Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(leases.lease().total_seconds() / BEATS_PER_LEASE):
                self._renew()
        finally:
            connections.close_all()

    def _renew(self) -> None:
        try:
            leases.renew(tokens=self._feed.tokens(), now=self._clock())
        except DatabaseError as problem:
            logger.warning("leases could not be extended: %s", type(problem).__name__)
            connections.close_all()
