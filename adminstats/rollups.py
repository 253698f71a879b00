"""Computation of the hourly rollups, each hour once.

An hour is counted once it lies `MARGIN` back, because a transaction may commit somewhat after the
timestamp that it writes; later hours are counted live. Every run counts the latest `AGAIN` anew,
which also corrects the effects of a wrong clock. Each span is replaced in one transaction;
concurrent runs wait for each other, and the next run repeats one that was interrupted.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts import queries as accounts
from adminstats.models import (
    CountHour,
    CreditHour,
    CustomerDay,
    JobHour,
    Progress,
    SubscriptionDay,
)
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
    until = _due(now)
    first = _first(until)
    with transaction.atomic():
        _lock()
        if first is None:
            Progress.objects.all().delete()
        Progress.objects.filter(until__gt=until).update(until=until)
        for hours in (JobHour.objects.all(), CreditHour.objects.all(), CountHour.objects.all()):
            (hours.filter(Q(hour__lt=first) | Q(hour__gte=until)) if first else hours).delete()
        days = CustomerDay.objects.all()
        outside = Q(day__lt=first.date()) | Q(day__gt=until.date()) if first else Q()
        days.filter(outside).delete()
    return _count(first, until) if first else None


def counts(*, since: datetime, until: datetime) -> Iterator[CountHour]:
    """Failures and sign-ups of [since, until) by the hour, unsaved, from the rows themselves."""
    for hour, code, count in jobs.failed_by_hour(since=since, until=until):
        yield CountHour(hour=hour, kind=CountHour.Kind.FAILED, name=code, count=count)
    for hour, count in accounts.registered_by_hour(since=since, until=until):
        yield CountHour(hour=hour, kind=CountHour.Kind.REGISTERED, count=count)


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


def _first(until: datetime) -> datetime | None:
    """The hour of the first job, charge or sign-up, if it lies before `until`."""
    ends = (jobs.first_end(), credits.first_capture(), accounts.first_registration())
    found = [moment for moment in ends if moment]
    return hour_of(min(found)) if found and min(found) < until else None


def _start(until: datetime) -> datetime | None:
    """The hour to continue from. After a clock that ran ahead, that is the hour by the correct
    clock.
    """
    done = _until()
    return min(done, until) - AGAIN if done else _first(until)


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
    CountHour.objects.filter(hour__gte=start, hour__lt=end).delete()
    CountHour.objects.bulk_create(counts(since=start, until=end), batch_size=_BATCH)
    _replace_days(start, end)


def _replace_days(start: datetime, end: datetime) -> None:
    """The days that [start, end) touches, each from its first moment: at most up to `end`."""
    day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    CustomerDay.objects.filter(day__gte=day.date(), day__lt=_day_after(end)).delete()
    while day < end:
        until = min(day + timedelta(days=1), end)
        used = credits.captured_by_user(since=day, until=until)
        CustomerDay.objects.bulk_create(
            (CustomerDay(day=day.date(), user_key=key, credits=sum) for key, sum in used.items()),
            batch_size=_BATCH,
        )
        day = until


def _day_after(end: datetime) -> date:
    """The first day that [.., end) does not touch."""
    last = (end - timedelta(microseconds=1)).astimezone(UTC).date()
    return last + timedelta(days=1)
