"""Computation of the hourly rollups, each hour once.

An hour is counted once it lies `MARGIN` back, because a transaction may commit somewhat after the
timestamp that it writes; later hours are counted live. Every run counts the latest `AGAIN` anew,
which also corrects the effects of a wrong clock. Each span is replaced in one transaction;
concurrent runs wait for each other, and the next run repeats one that was interrupted.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from adminstats.models import CreditHour, JobHour, Progress, SubscriptionDay
from billing import stats as credits
from removal import stats as jobs

MARGIN = timedelta(hours=1)
AGAIN = timedelta(hours=48)
SPAN = timedelta(days=30)
_BATCH = 2000


def roll_up(*, now: datetime) -> datetime | None:
    """Count what is due; returns the end of the counted hours, None before the first job."""
    until = _due(now)
    start = _start(until)
    return _count(start, until) if start else None


def rebuild(*, now: datetime) -> datetime | None:
    """Count everything anew, from the first job; the old figures are served until they are
    replaced.
    """
    first, until = _first(), _due(now)
    with transaction.atomic():
        _lock()
        if first is None:
            Progress.objects.all().delete()
        Progress.objects.filter(until__gt=until).update(until=until)
        for hours in (JobHour.objects.all(), CreditHour.objects.all()):
            (hours.filter(Q(hour__lt=first) | Q(hour__gte=until)) if first else hours).delete()
    return _count(first, until) if first else None


def counted_until(*, now: datetime) -> datetime | None:
    """The end (exclusive) of the counted hours; None as long as there are none.

    It is never later than `now`: hours that were counted too early, by a clock that ran ahead, are
    counted live.
    """
    until = _until()
    return min(until, hour_of(now)) if until else None


def note_subscriptions(*, now: datetime) -> None:
    """Store the revenue of today's subscriptions; a later run of the same day replaces it."""
    found = credits.subscriptions().values()
    SubscriptionDay.objects.update_or_create(
        day=now.astimezone(UTC).date(),
        defaults={
            "active": sum(count for count, _ in found),
            "mrr_idr": sum(price for _, price in found),
        },
    )


def hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _due(now: datetime) -> datetime:
    return hour_of(now - MARGIN)


def _first() -> datetime | None:
    found = [moment for moment in (jobs.first_end(), credits.first_capture()) if moment]
    return hour_of(min(found)) if found else None


def _start(until: datetime) -> datetime | None:
    """The hour to continue from. After a clock that ran ahead, that is the hour by the correct
    clock.
    """
    done = _until()
    return min(done, until) - AGAIN if done else _first()


def _until() -> datetime | None:
    return Progress.objects.filter(pk=1).values_list("until", flat=True).first()


def _count(start: datetime, until: datetime) -> datetime:
    """Replace the hours of [start, until), and store `until` as the progress."""
    while start < until:
        end = min(start + SPAN, until)
        with transaction.atomic():
            done = _lock()
            _replace(start, end)
            if done is None or done < end or done > until:
                Progress.objects.update_or_create(pk=1, defaults={"until": end})
        start = end
    return _until() or until


def _lock() -> datetime | None:
    """Serialise the runs, even before the progress row exists."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('adminstats.rollups'))")
    return _until()


def _replace(start: datetime, end: datetime) -> None:
    JobHour.objects.filter(hour__gte=start, hour__lt=end).delete()
    JobHour.objects.bulk_create(
        (
            JobHour(
                hour=found.hour,
                tier=found.tier,
                completed=found.completed,
                failed=found.failed,
                cancelled=found.cancelled,
            )
            for found in jobs.ended_by_hour(since=start, until=end)
        ),
        batch_size=_BATCH,
    )
    CreditHour.objects.filter(hour__gte=start, hour__lt=end).delete()
    CreditHour.objects.bulk_create(
        (
            CreditHour(hour=hour, credits=used)
            for hour, used in credits.captured_by_hour(since=start, until=end)
        ),
        batch_size=_BATCH,
    )
