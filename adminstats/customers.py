"""The customers with the highest revenue, in a period of whole days (UTC).

Credits of past days are counted once (`CustomerDay`); later charges are counted live. Payments are
few, and their index contains all columns that are summed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from django.db.models import Sum

from accounts import queries as accounts
from adminstats import rollups
from adminstats.models import CustomerDay
from billing import stats as money

# The number of candidates from each of the two orders.
_CANDIDATES = 50


@dataclass(frozen=True)
class Customer:
    """The payments (rupiah, without returned ones) and the used credits of one customer."""

    user_id: str
    email: str
    paid_idr: int
    credits: int


def best(*, since: datetime, now: datetime, count: int = 10) -> list[Customer]:
    """The customers who paid most since the beginning of the day of `since`, then those who used
    most credits.
    """
    since = since.replace(hour=0, minute=0, second=0, microsecond=0)
    paid = money.paid_by_user(since=since)
    live = money.captured_by_user(since=max(rollups.counted_until(now=now) or since, since))
    past = CustomerDay.objects.filter(day__gte=since.date()).values_list("user_key")
    sums = past.annotate(sum=Sum("credits")).order_by("-sum")
    keys = {*_top(paid), *_top(live), *(key for key, _ in sums[:_CANDIDATES])}
    used = dict(sums.filter(user_key__in=keys))
    total = {key: used.get(key, 0) + live.get(key, 0) for key in keys}
    people = accounts.addresses(user_ids=keys)
    found = [
        Customer(*people[key], paid_idr=paid.get(key, 0), credits=total[key])
        for key in keys & people.keys()
    ]
    return nlargest(count, found, key=lambda one: (one.paid_idr, one.credits, one.user_id))


def _top(figures: Mapping[int, int]) -> list[int]:
    return nlargest(_CANDIDATES, figures, key=lambda key: figures[key])
