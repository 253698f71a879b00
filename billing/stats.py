"""Figures of credits and payments for statistics.

Credits count when they are captured: a closed hold never changes, so a count of the past stays
correct, and equals the ledger's. Payments count in whole rupiah on the day of the payment, less
what refunds and disputes returned of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncHour

from billing.models import CreditOrder, Hold, Invoice
from billing.stripe import money
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


def captured_by_user(*, since: datetime, until: datetime | None = None) -> dict[int, int]:
    """Credits charged in [since, until), by user; those of erased users are left out."""
    closed = Hold.objects.filter(closed_at__gte=since, account__user__isnull=False, captured__gt=0)
    closed = closed.filter(closed_at__lt=until) if until else closed
    return dict(closed.values_list("account__user").annotate(sum=Sum("captured")).order_by())


def first_capture() -> datetime | None:
    """The moment at which the first hold was closed."""
    holds = Hold.objects.filter(closed_at__isnull=False).order_by("closed_at")
    return holds.values_list("closed_at", flat=True).first()


def subscriptions() -> dict[str, tuple[int, int]]:
    """Live subscriptions and the sum of their monthly prices in rupiah, by plan."""
    rows = paying().values_list("plan").annotate(Count("pk"), Sum("monthly_price_idr")).order_by()
    return {plan: (count, price) for plan, count, price in rows}


@dataclass(frozen=True)
class Paid:
    """Payments in whole rupiah: for credits, for subscriptions, and the part of both that refunds
    and disputes returned.
    """

    credits_idr: int = 0
    subscriptions_idr: int = 0
    returned_idr: int = 0

    @property
    def net_idr(self) -> int:
        return self.credits_idr + self.subscriptions_idr - self.returned_idr


def paid(*, since: datetime | None, user_id: int | None = None) -> Paid:
    """The payments of all users, or of one, since then."""
    orders = _orders(since, user_id).aggregate(paid=Sum("amount_idr"), lost=Sum("lost_idr"))
    bills = _bills(since, user_id).aggregate(paid=Sum("amount_paid"), lost=Sum("amount_lost"))
    return Paid(
        credits_idr=orders["paid"] or 0,
        subscriptions_idr=money.to_rupiah(bills["paid"] or 0),
        returned_idr=(orders["lost"] or 0) + money.to_rupiah(bills["lost"] or 0),
    )


def paid_by_day(*, since: datetime) -> Mapping[date, int]:
    """Rupiah that were paid and not returned, by the day (UTC)."""
    return _net(since, {"day": TruncDate("paid_at")})


def paid_by_user(*, since: datetime) -> Mapping[int, int]:
    """Rupiah that were paid and not returned, by user."""
    found = _net(since, {"payer": F("user")})
    return {user: net for user, net in found.items() if user is not None}


def _net(since: datetime, by: Mapping[str, Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    orders = (
        _orders(since)
        .annotate(**by)
        .values_list(*by)
        .annotate(net=Sum(F("amount_idr") - F("lost_idr")))
    )
    bills = (
        _bills(since)
        .annotate(**by)
        .values_list(*by)
        .annotate(net=Sum(F("amount_paid") - F("amount_lost")))
    )
    for group, net in orders.order_by():
        found[group] = net
    for group, net in bills.order_by():
        found[group] = found.get(group, 0) + money.to_rupiah(net)
    return found


def _orders(since: datetime | None, user_id: int | None = None) -> QuerySet[CreditOrder]:
    return CreditOrder.objects.filter(**_within(since, user_id))


def _bills(since: datetime | None, user_id: int | None = None) -> QuerySet[Invoice]:
    """Invoices except those of orders, which are counted separately."""
    return Invoice.objects.filter(order_id="", **_within(since, user_id))


def _within(since: datetime | None, user_id: int | None) -> dict[str, Any]:
    whose = {} if user_id is None else {"user_id": user_id}
    return whose | ({"paid_at__gte": since} if since else {"paid_at__isnull": False})
