"""Credit figures for statistics.

Credits are used when they are captured: a closed hold never changes, so a count of the past stays
true, and it is the ledger's own.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncHour

from billing.models import Hold
from billing.subscriptions.queries import paying

# Half-open intervals [from, to); None means no end.
Span = tuple[datetime, datetime | None]


def captured(*, spans: Sequence[Span]) -> int:
    """Credits charged for work in any of the spans, which must not overlap."""
    within = Q(pk__in=[])
    for start, end in spans:
        within |= Q(closed_at__gte=start) & (Q(closed_at__lt=end) if end else Q())
    return Hold.objects.filter(within).aggregate(sum=Sum("captured"))["sum"] or 0


def captured_by_hour(*, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """Credits charged in [since, until), by the hour (its beginning, UTC)."""
    closed = Hold.objects.filter(closed_at__gte=since, closed_at__lt=until)
    hours = closed.annotate(hour=TruncHour("closed_at")).values("hour")
    yield from hours.annotate(sum=Sum("captured")).values_list("hour", "sum")


def first_capture() -> datetime | None:
    """The moment at which the first hold was closed."""
    holds = Hold.objects.filter(closed_at__isnull=False).order_by("closed_at")
    return holds.values_list("closed_at", flat=True).first()


def subscriptions() -> dict[str, tuple[int, int]]:
    """Live subscriptions and the sum of their monthly prices in rupiah, by plan."""
    rows = paying().values_list("plan").annotate(Count("pk"), Sum("monthly_price_idr")).order_by()
    return {plan: (count, price) for plan, count, price in rows}
