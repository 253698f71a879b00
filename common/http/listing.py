"""Filters and order of listings: their query parameters, and the rows that they select."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

from common.http.fields import MomentField, choice
from common.http.pagination import PageQuerySerializer

SORTABLE = {"createdAt": "created_at", "creditsUsed": "credits_used"}

T = TypeVar("T", bound=Model)


@dataclass(frozen=True)
class Wanted:
    """Filters and order of a listing; `start` is inclusive, `end` exclusive."""

    status: str | None = None
    tier: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    sort_by: str = "createdAt"
    descending: bool = True


class NarrowingQuerySerializer(PageQuerySerializer):
    """Narrowing of a listing by its days; each one adds its own `status` and `tier`."""

    startDate = MomentField(required=False, help_text="ISO 8601 date or date-time, inclusive.")
    endDate = MomentField(
        required=False, until=True, help_text="A date counts to its end, a date-time is exclusive."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("startDate"), attrs.get("endDate")
        if start and end and start > end:
            raise serializers.ValidationError({"endDate": "before startDate"})
        return attrs


class ListingQuerySerializer(NarrowingQuerySerializer):
    """Query of a listing whose order callers choose."""

    sortBy = choice(SORTABLE, default="createdAt", help_text="What the listing is ordered by.")
    sortOrder = choice(["asc", "desc"], default="desc", help_text="Lowest or highest first.")


def wanted_by(query: Mapping[str, Any]) -> Wanted:
    """The filters and order of a checked query; newest first unless it says otherwise."""
    return Wanted(
        status=query.get("status"),
        tier=query.get("tier"),
        start=query.get("startDate"),
        end=query.get("endDate"),
        sort_by=query.get("sortBy", "createdAt"),
        descending=query.get("sortOrder", "desc") == "desc",
    )


def narrowed(rows: QuerySet[T], wanted: Wanted) -> QuerySet[T]:
    """The rows that are wanted, in the order that is wanted."""
    conditions = {
        "status": wanted.status,
        "tier": wanted.tier,
        "created_at__gte": wanted.start,
        "created_at__lt": wanted.end,
    }
    rows = rows.filter(**{name: value for name, value in conditions.items() if value is not None})
    sign = "-" if wanted.descending else ""
    order = [SORTABLE[wanted.sort_by], "created_at", "id"]
    return rows.order_by(*(sign + column for column in dict.fromkeys(order)))
