import uuid
from typing import Any

import pytest
from django.utils import timezone

from common.http.errors import InvalidInput
from common.http.pagination import PageQuerySerializer, paginate
from common.models import IdempotencyRecord

pytestmark = pytest.mark.django_db


def rows(count: int) -> None:
    now = timezone.now()
    IdempotencyRecord.objects.bulk_create(
        IdempotencyRecord(
            owner="user_1", endpoint="e", key=f"{n:03}", lock=uuid.uuid4(),
            locked_until=now, created_at=now,
        )
        for n in range(count)
    )  # fmt: skip


def page(number: int, limit: int) -> tuple[list[str], dict[str, Any]]:
    found = paginate(IdempotencyRecord.objects.order_by("key"), page=number, limit=limit)
    return [record.key for record in found.items], found.pagination


def test_the_first_page_has_a_next_one() -> None:
    rows(7)
    keys, pagination = page(1, 3)
    assert keys == ["000", "001", "002"]
    assert pagination == {
        "page": 1, "limit": 3, "total": 7, "totalPages": 3, "hasNext": True, "hasPrev": False,
    }  # fmt: skip


def test_the_last_page_is_shorter() -> None:
    rows(7)
    keys, pagination = page(3, 3)
    assert keys == ["006"]
    assert (pagination["hasNext"], pagination["hasPrev"]) == (False, True)


def test_a_page_past_the_end_is_empty() -> None:
    rows(2)
    keys, pagination = page(9, 2)
    assert keys == []
    assert (pagination["totalPages"], pagination["hasNext"]) == (1, False)


def test_nothing_has_no_pages() -> None:
    keys, pagination = page(1, 20)
    assert keys == []
    assert (pagination["total"], pagination["totalPages"], pagination["hasPrev"]) == (0, 0, False)


def test_the_defaults_are_the_documented_ones() -> None:
    assert PageQuerySerializer.parse({}) == {"page": 1, "limit": 20}


@pytest.mark.parametrize("query", [{"limit": "101"}, {"limit": "0"}, {"page": "0"}, {"page": "-1"}])
def test_values_out_of_range_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        PageQuerySerializer.parse(query)
