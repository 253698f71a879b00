"""The public state of the service: whether it takes work, how long work waits, the last 24 hours.

Shares and times only: how much work there is, is the operator's business.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum

from adminstats import rollups
from adminstats.models import CountHour, JobHour
from batches.scheduling import queue_depth
from billing.pricing import Tier
from common import maintenance
from removal import stats as jobs
from removal.errors import CALLERS_REASONS

# How long an answer is served again: many visitors cost as much as one.
KEPT_S = 10
HOURS = 24
_KEY = "adminstats:service-status"


@dataclass(frozen=True)
class Hour:
    """One hour (UTC, its beginning); `share` of images that worked among those that could have,
    between 0 and 1, None without any.
    """

    hour: datetime
    share: float | None


@dataclass(frozen=True)
class Status:
    """`state` is `up`, `busy` (a single image waits longer than a caller does), or `maintenance`.

    `waits_s` is how long the oldest queued single has waited, `batches_wait_s` how long the open
    batch that was left alone longest. `slow_ms` is the time within which 95 of 100 images of a tier
    were done.
    """

    state: str
    message: str
    waits_s: float
    batches_wait_s: float
    share: float | None
    hours: list[Hour]
    slow_ms: Mapping[str, int]
    at: datetime


def status(*, now: datetime) -> Status:
    """The state at most `KEPT_S` seconds ago."""
    found = cache.get(_KEY)
    if found is None:
        found = _status(now)
        cache.set(_KEY, found, KEPT_S)
    return cast(Status, found)


def _status(now: datetime) -> Status:
    waiting = queue_depth.waiting(now=now)
    waits_s = waiting["interactive"].oldest_s
    mode = maintenance.current()
    hours, share = _hours(now)
    slow = jobs.slowest_twentieth(since=now - timedelta(hours=HOURS))
    state = "maintenance" if mode else "busy" if waits_s > settings.SINGLE_TIMEOUT_S else "up"
    return Status(
        state=state,
        message=mode.message if mode else "",
        waits_s=round(waits_s, 1),
        batches_wait_s=round(waiting["batch"].oldest_s, 1),
        share=share,
        hours=hours,
        slow_ms={tier: slow[tier] for tier in Tier if tier in slow},
        at=now,
    )


def _hours(now: datetime) -> tuple[list[Hour], float | None]:
    """The last hours, oldest first, and the share of all of them together."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    live = max(rollups.counted_until(now=now) or first, first)
    worked, failed = _completed(first, live, now), _failed(first, live, now)
    every = [first + timedelta(hours=step) for step in range(HOURS)]
    hours = [Hour(hour, _share(worked[hour], failed[hour])) for hour in every]
    return hours, _share(worked.total(), failed.total())


def _completed(first: datetime, live: datetime, now: datetime) -> Counter[datetime]:
    rows = JobHour.objects.filter(hour__gte=first, hour__lt=live).values("hour").order_by()
    found = Counter(dict(rows.annotate(jobs=Sum("completed")).values_list("hour", "jobs")))
    for hour in jobs.ended_by_hour(since=live, until=now):
        found[hour.hour] += hour.completed
    return found


def _failed(first: datetime, live: datetime, now: datetime) -> Counter[datetime]:
    """Failures for a reason of ours: a picture without a subject says nothing about the service."""
    rows = CountHour.objects.filter(hour__gte=first, hour__lt=live, kind=CountHour.Kind.FAILED)
    ours = rows.exclude(name__in=CALLERS_REASONS).values("hour").order_by()
    found = Counter(dict(ours.annotate(jobs=Sum("count")).values_list("hour", "jobs")))
    for hour, code, count in jobs.failed_by_hour(since=live, until=now):
        found[hour] += 0 if code in CALLERS_REASONS else count
    return found


def _share(worked: int, failed: int) -> float | None:
    return round(worked / (worked + failed), 4) if worked + failed else None
