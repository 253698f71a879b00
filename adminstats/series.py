"""Daily figures (UTC) for charts, from the rollups and live for hours not rolled up yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import TruncDate

from accounts import queries as accounts
from adminstats import rollups
from adminstats.models import CountHour, CreditHour, JobHour, SubscriptionDay
from billing import stats as credits
from removal import stats as jobs


@dataclass
class Day:
    """The figures of one day, `paid_idr` without what was returned; the MRR, in rupiah, is None for
    a day without a stored value.
    """

    day: date
    completed: int = 0
    failed: int = 0
    credits: int = 0
    paid_idr: int = 0
    registrations: int = 0
    mrr_idr: int | None = None


def days(*, count: int, now: datetime) -> list[Day]:
    """The last `count` days, today included, oldest first."""
    first = now.astimezone(UTC).date() - timedelta(days=count - 1)
    found = {
        first + timedelta(days=step): Day(first + timedelta(days=step)) for step in range(count)
    }
    since = datetime.combine(first, datetime.min.time(), UTC)
    live = max(rollups.counted_until(now=now) or since, since)
    for day, completed, failed in _jobs(since, live, now):
        found[day].completed += completed
        found[day].failed += failed
    for day, used in _credits(since, live, now):
        found[day].credits += used
    for day, users in _registrations(since, live, now):
        found[day].registrations += users
    for day, paid in credits.paid_by_day(since=since).items():
        # A payment is dated by Stripe, whose clock may be ahead of ours.
        found[min(day, now.date())].paid_idr += paid
    for row in SubscriptionDay.objects.filter(day__gte=first, day__lte=now.date()):
        found[row.day].mrr_idr = row.mrr_idr
    return list(found.values())


def _jobs(since: datetime, live: datetime, now: datetime) -> Iterator[tuple[date, int, int]]:
    rows = JobHour.objects.filter(hour__gte=since, hour__lt=live).annotate(day=TruncDate("hour"))
    sums = rows.values("day").annotate(c=Sum("completed"), f=Sum("failed")).order_by()
    yield from sums.values_list("day", "c", "f")
    for found in jobs.ended_by_hour(since=live, until=now):
        yield found.hour.date(), found.completed, found.failed


def _credits(since: datetime, live: datetime, now: datetime) -> Iterator[tuple[date, int]]:
    rows = CreditHour.objects.filter(hour__gte=since, hour__lt=live).annotate(day=TruncDate("hour"))
    yield from rows.values("day").annotate(c=Sum("credits")).order_by().values_list("day", "c")
    for hour, used in credits.captured_by_hour(since=live, until=now):
        yield hour.date(), used


def _registrations(since: datetime, live: datetime, now: datetime) -> Iterator[tuple[date, int]]:
    rows = CountHour.objects.filter(
        kind=CountHour.Kind.REGISTERED, hour__gte=since, hour__lt=live
    ).annotate(day=TruncDate("hour"))
    yield from rows.values("day").annotate(c=Sum("count")).order_by().values_list("day", "c")
    for hour, count in accounts.registered_by_hour(since=live, until=now):
        yield hour.date(), count
