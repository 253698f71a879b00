"""Pagination of listings, as the API documents it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

from common.http.serializers import StrictSerializer

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
# Keeps the OFFSET inside a 64-bit integer and the query affordable.
MAX_PAGE = 100_000

T = TypeVar("T", bound=Model)


@dataclass(frozen=True)
class Page(Generic[T]):
    """The items of one page, and the `pagination` object of the answer."""

    items: Sequence[T]
    pagination: dict[str, int | bool | str | None]


class PageQuerySerializer(StrictSerializer):
    page = serializers.IntegerField(
        min_value=1, max_value=MAX_PAGE, default=1, help_text="Which page, from 1."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, help_text="Entries of a page."
    )


class PaginationSerializer(serializers.Serializer[Any]):
    """Position of this page in the whole listing."""

    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()
    totalPages = serializers.IntegerField()
    hasNext = serializers.BooleanField()
    hasPrev = serializers.BooleanField()


def paginate_from(
    queryset: QuerySet[T], *, whole: QuerySet[T], cursor_of: Callable[[T], str], limit: int
) -> Page[T]:
    """The first items of `queryset`, which begins behind a cursor; `whole` is the listing of which
    it is a part. Costs the same however deep that is.
    """
    found = list(queryset[: limit + 1])
    items, more = found[:limit], len(found) > limit
    total = whole.count()
    return Page(
        items=items,
        pagination={
            "page": None,
            "limit": limit,
            "total": total,
            "totalPages": -(-total // limit),
            "hasNext": more,
            "hasPrev": True,
            "nextCursor": cursor_of(items[-1]) if more else None,
        },
    )


def paginate(queryset: QuerySet[T], *, page: int, limit: int) -> Page[T]:
    """Count an ordered `queryset` and fetch one page; a page past the end has no items."""
    total = queryset.count()
    pages = -(-total // limit)
    start = (page - 1) * limit
    items = list(queryset[start : start + limit]) if start < total else []
    return Page(
        items=items,
        pagination={
            "page": page,
            "limit": limit,
            "total": total,
            "totalPages": pages,
            "hasNext": page < pages,
            "hasPrev": page > 1,
        },
    )
