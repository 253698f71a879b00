"""Filters of lists that read no more of the table than what they show."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest


def by_value(field: str, values: Iterable[str], **implied: str) -> type[admin.SimpleListFilter]:
    """Filter by known values; Django's own filter would look for all that occur in the table.

    `implied` is what every row with a value has as well, said so that an index can be used.
    """
    choices = [(str(value), str(value)) for value in values]

    class ByValue(admin.SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return choices

        def queryset(self, request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
            return rows.filter(**{field: self.value()}, **implied) if self.value() else rows

    ByValue.title = field.replace("_", " ")
    ByValue.parameter_name = field
    return ByValue


def by_date(field: str = "created_at") -> type[admin.SimpleListFilter]:
    """Years, then the months of one, then the days of one; UTC.

    What there is to choose follows from the first and the last row alone. Rows are numbered in
    the order in which they were made, so these two need no search.
    """

    name = f"{field.removesuffix('_at')}_on"

    class ByDate(admin.SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            chosen = request.GET.get(name, "")
            rows = model_admin.model._default_manager.order_by("pk").values_list(field, flat=True)
            ends = (rows.first(), rows.last())
            return _choices(chosen, *ends) if all(ends) else []

        def queryset(self, request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
            span = _span(self.value() or "")
            return (
                rows.filter(**{f"{field}__gte": span[0], f"{field}__lt": span[1]}) if span else rows
            )

    ByDate.title = field.removesuffix("_at").replace("_", " ")
    ByDate.parameter_name = name
    return ByDate


def _choices(chosen: str, first: datetime, last: datetime) -> list[tuple[str, str]]:
    """The chosen value, with a way back, and the values below it."""
    span = _span(chosen)
    parts = chosen.split("-") if span else []
    above = ["-".join(parts[:count]) for count in range(1, len(parts) + 1)]
    below = _within(parts, first, last) if len(parts) < 3 else []
    return [(value, value) for value in (*above, *below)]


def _within(parts: list[str], first: datetime, last: datetime) -> list[str]:
    """The years, months or days, newest first, that touch [first, last]."""
    shape = ("%Y", "%Y-%m", "%Y-%m-%d")[len(parts)]
    start, end = _span("-".join(parts)) or (first, last + timedelta(microseconds=1))
    day = max(start, first).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[str, None] = {}
    while day < end and day <= last:
        found[day.strftime(shape)] = None
        day += timedelta(days=1)
    return list(reversed(found))


def _span(value: str) -> tuple[datetime, datetime] | None:
    """[start, end) of `2026`, `2026-11` or `2026-11-22`; None for anything else."""
    try:
        year, month, day = [*(int(part) for part in value.split("-")), 0, 0][:3]
        start = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            return start, start + timedelta(days=1)
        if month:
            return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return start, datetime(year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
