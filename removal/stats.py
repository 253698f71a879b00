"""Job figures for statistics.

A job counts where it ended: that moment, its state and its tier never change again, so a count of
the past stays true. What has not ended is counted as it is now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncHour

from removal.lifecycle import JobStatus
from removal.models import Job

_COMPLETED = Count("pk", filter=Q(status=JobStatus.COMPLETED))
_FAILED = Count("pk", filter=Q(status=JobStatus.FAILED))
_CANCELLED = Count("pk", filter=Q(status=JobStatus.CANCELLED))
_COUNTS = {"completed": _COMPLETED, "failed": _FAILED, "cancelled": _CANCELLED}


# [from, to); None for no end.
Span = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class EndedInHour:
    """Jobs of one tier that ended in the hour that begins at `hour` (UTC), by how."""

    hour: datetime
    tier: str
    completed: int
    failed: int
    cancelled: int


@dataclass(frozen=True)
class Standing:
    """The number of jobs of one tier in one state."""

    tier: str
    status: str
    jobs: int


@dataclass(frozen=True)
class Own:
    """One user's jobs of one tier; credits are those charged by now."""

    tier: str
    status: str
    jobs: int
    credits: int


def ended_by_hour(*, since: datetime, until: datetime) -> Iterator[EndedInHour]:
    """Jobs that ended in [since, until), by hour and tier."""
    ended = Job.objects.filter(completed_at__gte=since, completed_at__lt=until)
    hours = ended.annotate(hour=TruncHour("completed_at")).values("hour", "tier")
    for row in hours.annotate(**_COUNTS).values("hour", "tier", *_COUNTS):
        yield EndedInHour(**row)


def failed_by_hour(*, since: datetime, until: datetime) -> Iterator[tuple[datetime, str, int]]:
    """Numbers of jobs that failed in [since, until), by hour and error code."""
    failed = Job.objects.filter(
        status=JobStatus.FAILED, completed_at__gte=since, completed_at__lt=until
    )
    hours = failed.annotate(hour=TruncHour("completed_at")).values("hour", "error_code")
    yield from hours.annotate(jobs=Count("pk")).values_list("hour", "error_code", "jobs").order_by()


def reported(*, since: datetime | None) -> Mapping[str, int]:
    """Numbers of results that their owners called bad since then, by tier."""
    bad = Job.objects.filter(reported_at__isnull=False)
    bad = bad.filter(reported_at__gte=since) if since else bad
    return dict(bad.values_list("tier").annotate(jobs=Count("pk")).order_by("tier"))


def first_end() -> datetime | None:
    """The time at which the first job ended."""
    ends = Job.objects.filter(completed_at__isnull=False).order_by("completed_at")
    return ends.values_list("completed_at", flat=True).first()


def live(*, spans: Sequence[Span]) -> list[Standing]:
    """Jobs that ended in one of the spans (which must not overlap), and all that have not ended.

    It is one statement, so a job that ends meanwhile counts once.
    """
    ended = """SELECT tier, status, count(*) FROM removal_job
                WHERE completed_at >= %s AND completed_at < %s GROUP BY tier, status"""
    unfinished = """SELECT tier, status, count(*) FROM removal_job
                     WHERE status IN ('queued', 'processing') GROUP BY tier, status"""
    with connection.cursor() as cursor:
        moments = [moment or "infinity" for span in spans for moment in span]
        cursor.execute(" UNION ALL ".join([*([ended] * len(spans)), unfinished]), moments)
        return [Standing(*row) for row in cursor.fetchall()]


def slowest_twentieth(*, since: datetime) -> Mapping[str, int]:
    """The 95th percentile of the milliseconds that completed jobs took, by tier."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT tier, percentile_disc(0.95) WITHIN GROUP (ORDER BY processing_time_ms)
                 FROM removal_job
                WHERE completed_at >= %s AND status = 'completed'
                  AND processing_time_ms IS NOT NULL
                GROUP BY tier""",
            [since],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Totals:
    """One user's jobs; times in milliseconds, of completed jobs, None without one."""

    jobs: int
    completed: int
    failed: int
    credits: int
    mean_ms: float | None
    slowest_twentieth_ms: float | None


def totals(*, user_id: int) -> Totals:
    """All jobs that a user has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), count(*) FILTER (WHERE status = 'completed'),
                      count(*) FILTER (WHERE status = 'failed'), coalesce(sum(credits_used), 0),
                      avg(processing_time_ms) FILTER (WHERE status = 'completed'),
                      percentile_disc(0.95) WITHIN GROUP (ORDER BY processing_time_ms)
                          FILTER (WHERE status = 'completed')
                 FROM removal_job WHERE user_id = %s""",
            [user_id],
        )
        return Totals(*cursor.fetchone())


def own(*, user_id: int, since: datetime | None) -> list[Own]:
    """One user's jobs that were made since then, by tier and state."""
    jobs = Job.objects.filter(user_id=user_id)
    jobs = jobs.filter(created_at__gte=since) if since else jobs
    rows = jobs.values("tier", "status").annotate(jobs=Count("pk"), credits=Sum("credits_used"))
    return [Own(**row) for row in rows.order_by("tier", "status")]
