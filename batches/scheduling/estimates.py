"""Estimate of when a batch will be done, from what the last finished images took.

Two figures are measured over the newest finished images (up to 400): the mean seconds that an
image of each tier takes one thread, and how many images of batches were worked on at once, which
is the sum of their times divided by the time during which any was worked on. Idle time counts for
neither, and the number of workers need not be known.

Batches take turns, so while one gets its n images done, another one gets about as much time, or
as much as it needs if that is less:

    ahead   = Σ over other open batches of min(their seconds of work, ours)
    seconds = (ours + ahead) / images at once + archive

Without history, a tier takes DEFAULT_SECONDS and BATCH_THREADS images run at once.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from batches.lifecycle import WORKING, is_terminal
from batches.models import Batch
from batches.snapshots import Snapshot
from removal import bulk
from removal.bulk import Timing

# Measured with the built-in model in float32 on two threads, on a photo of four megapixels. What
# larger models take shows when their first image is finished.
DEFAULT_SECONDS: Mapping[str, float] = {
    "basic": 0.2,
    "standard": 0.5,
    "professional": 1.1,
    "industry": 1.1,
}
# Results of 2 MB into an object store on the same machine; to disk it is a seventh of that.
ARCHIVE_SECONDS_PER_IMAGE = 0.05
SAMPLE = 400
# With fewer images than this, how many ran at once says little.
LEAST_SAMPLE = 10
KEPT_S = 10
_KEY = "batches:outlook"


@dataclass(frozen=True)
class Pace:
    """`seconds` of one thread per image of a tier, and how many images run `at_once`."""

    seconds: Mapping[str, float]
    at_once: float

    def work(self, tier: str, images: int) -> float:
        """Thread seconds of that many images."""
        return images * self.seconds.get(tier, DEFAULT_SECONDS.get(tier, 1.0))


# The pace, and the thread seconds that each open batch still needs.
Outlook = tuple[Pace, Mapping[int, float]]


def minutes_of_new(batch: Batch, *, now: datetime) -> int:
    """Whole minutes until a batch just started will be done; 0 when it has ended already."""
    if is_terminal(batch.status):
        return 0
    return minutes(batch_id=batch.pk, tier=batch.tier, images=batch.total_images, now=now)


def completion_of(batch: Batch, snapshot: Snapshot, *, now: datetime) -> datetime | None:
    """The estimated completion of a batch in this state; None when it has ended."""
    if snapshot.is_last:
        return None
    left = snapshot.total - snapshot.completed - snapshot.failed - snapshot.cancelled
    return completion_at(batch_id=batch.pk, tier=batch.tier, left=left, now=now)


def minutes(*, batch_id: int, tier: str, images: int, now: datetime) -> int:
    """Whole minutes, at least 1, until a batch with so many images to go will be done."""
    done = completion_at(batch_id=batch_id, tier=tier, left=images, now=now)
    return max(1, math.ceil((done - now).total_seconds() / 60))


def completion_at(*, batch_id: int, tier: str, left: int, now: datetime) -> datetime:
    """The estimated completion of a batch with `left` images to go."""
    pace, queue = _outlook()
    own = pace.work(tier, left)
    ahead = sum(min(own, theirs) for batch, theirs in queue.items() if batch != batch_id)
    seconds = (own + ahead) / pace.at_once + left * ARCHIVE_SECONDS_PER_IMAGE
    return now + timedelta(seconds=seconds)


def measured(timings: Sequence[Timing], *, threads: int) -> Pace:
    """The pace that finished images show; `threads` stands in while they are too few."""
    by_tier: dict[str, list[float]] = {}
    for timing in timings:
        by_tier.setdefault(timing.tier, []).append(timing.milliseconds / 1000)
    means = {tier: sum(values) / len(values) for tier, values in by_tier.items()}
    in_batches = [timing for timing in timings if timing.in_batch]
    at_once = _at_once(in_batches) if len(in_batches) >= LEAST_SAMPLE else float(threads)
    return Pace(seconds={**DEFAULT_SECONDS, **means}, at_once=max(at_once, 1.0))


def _at_once(timings: Iterable[Timing]) -> float:
    """Sum of all intervals of work, divided by the length of their union."""
    total = union = 0.0
    free_until: datetime | None = None
    for begun, ended in sorted(_interval(timing) for timing in timings):
        total += (ended - begun).total_seconds()
        fresh = max(begun, free_until) if free_until else begun
        union += max(0.0, (ended - fresh).total_seconds())
        free_until = max(ended, free_until) if free_until else ended
    return total / union if union else 1.0


def _interval(timing: Timing) -> tuple[datetime, datetime]:
    ended = timing.completed_at
    return ended - timedelta(milliseconds=max(timing.milliseconds, 1)), ended


def _outlook() -> Outlook:
    """Looked up anew every KEPT_S seconds, or every time while Valkey is unavailable."""
    try:
        return cast(Outlook, cache.get_or_set(_KEY, _look, timeout=KEPT_S))
    except RedisError:
        return _look()


def _look() -> Outlook:
    pace = measured(bulk.recent_timings(limit=SAMPLE), threads=settings.BATCH_THREADS)
    leased = bulk.in_flight().by_batch
    found = Batch.objects.filter(status__in=WORKING).values_list("pk", "tier", "waiting_images")
    return pace, {pk: pace.work(tier, waiting + leased.get(pk, 0)) for pk, tier, waiting in found}
