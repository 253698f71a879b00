"""GET /background-remover/jobs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.removal.factories import NOW, customer, row

URL = "/v1/background-remover/jobs"

pytestmark = pytest.mark.django_db


def listed(client: Client, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [job["id"] for job in answer.json()["data"]["jobs"]]


def test_newest_first_as_documented(api: Client, owner: User) -> None:
    old = row(owner, created_at=NOW)
    new = row(owner, created_at=NOW + timedelta(hours=1), credits_used=15, tier="professional")
    data = api.get(URL).json()["data"]
    assert data["jobs"][0] == {
        "id": new.public_id,
        "tier": "professional",
        "status": "completed",
        "creditsUsed": 15,
        "createdAt": "2025-01-15T11:00:00Z",
    }
    assert data["jobs"][1]["id"] == old.public_id
    assert data["pagination"] == {
        "page": 1,
        "limit": 20,
        "total": 2,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
    }


def test_pages(api: Client, owner: User) -> None:
    jobs = [row(owner, created_at=NOW + timedelta(seconds=n)).public_id for n in range(3)]
    assert listed(api, page=2, limit=2) == [jobs[0]]
    pagination = api.get(URL, {"page": 2, "limit": 2}).json()["data"]["pagination"]
    assert (pagination["totalPages"], pagination["hasNext"], pagination["hasPrev"]) == (
        2,
        False,
        True,
    )


def test_only_ones_own(api: Client, stranger: Client, staff: Client, owner: User) -> None:
    row(owner)
    row(customer())
    assert len(listed(api)) == 1
    assert listed(stranger) == []
    assert listed(staff) == []


def test_anonymous_gets_401(db: None) -> None:
    assert Client().get(URL).status_code == 401


def test_by_status_and_tier(api: Client, owner: User) -> None:
    wanted = row(owner, status="failed", tier="standard").public_id
    row(owner, status="failed")
    row(owner, tier="standard")
    assert listed(api, status="failed", tier="standard") == [wanted]


def test_by_dates_with_the_last_day_whole(api: Client, owner: User) -> None:
    row(owner, created_at=NOW - timedelta(days=1))
    wanted = row(owner, created_at=NOW + timedelta(hours=13)).public_id
    row(owner, created_at=NOW + timedelta(hours=14))
    assert listed(api, startDate="2025-01-15", endDate="2025-01-15") == [wanted]


def test_by_moments(api: Client, owner: User) -> None:
    wanted = row(owner, created_at=NOW).public_id
    row(owner, created_at=NOW + timedelta(hours=1))
    found = listed(api, startDate="2025-01-15T12:00:00+02:00", endDate="2025-01-15T10:30:00Z")
    assert found == [wanted]


@pytest.mark.parametrize(("order", "expected"), [("asc", [3, 8, 15]), ("desc", [15, 8, 3])])
def test_by_credits(api: Client, owner: User, order: str, expected: list[int]) -> None:
    for credits in (8, 3, 15):
        row(owner, credits_used=credits)
    answer = api.get(URL, {"sortBy": "creditsUsed", "sortOrder": order}).json()
    assert [job["creditsUsed"] for job in answer["data"]["jobs"]] == expected


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 101},
        {"limit": 0},
        {"page": 0},
        {"page": "one"},
        {"status": "done"},
        {"tier": "ultra"},
        {"sortBy": "tier"},
        {"sortOrder": "up"},
        {"startDate": "yesterday"},
        {"startDate": "2025-02-30"},
        {"endDate": "9999-12-31"},
        {"startDate": "2025-01-16", "endDate": "2025-01-14"},
        {"colour": "red"},
    ],
)
def test_what_makes_no_sense_is_refused(api: Client, query: dict[str, Any]) -> None:
    answer = api.get(URL, query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")
