"""Use of credits and quota by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from billing.models import QuotaDay, Spending


@dataclass(frozen=True)
class Day:
    """One UTC day: credits charged or set aside, and images that the subscription paid for."""

    date: date
    credits: int
    images_by_subscription: int


def by_day(*, user_id: int, first: date, last: date) -> Sequence[Day]:
    """Every day from `first` to `last`, both included, oldest first."""
    within = {"day__gte": first, "day__lte": last}
    rows = Spending.objects.filter(account__user_id=user_id, **within)
    credits = dict(rows.values_list("day").annotate(Sum("credits")).order_by())
    taken = dict(QuotaDay.objects.filter(user_id=user_id, **within).values_list("day", "used"))
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [Day(day, credits.get(day, 0), taken.get(day, 0)) for day in days]
