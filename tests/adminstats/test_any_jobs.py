"""`GET /admin/jobs`."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from adminstats import listing, rollups
from tests.accounts.factories import UserFactory
from tests.accounts.http import code
from tests.adminstats.factories import job
from tests.batches.factories import ended
from tests.removal.factories import NOW, customer, row

URL = "/v1/admin/jobs"

pytestmark = pytest.mark.django_db


def asked(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json()["data"])


def ids(client: Client, **query: Any) -> list[str]:
    return [found["id"] for found in asked(client, **query)["jobs"]]


def test_all_users_jobs_are_listed_newest_first(staff: Client, owner: User) -> None:
    old = row(owner, created_at=NOW)
    other = customer()
    new = row(other, created_at=NOW + timedelta(hours=1), status="failed", request_id="req_1")
    data = asked(staff)
    assert [found["id"] for found in data["jobs"]] == [new.public_id, old.public_id]
    first = data["jobs"][0]
    assert first["user"]["email"] == other.email
    assert first["error"]["code"] == "INTERNAL_ERROR"
    assert (first["batchId"], first["requestId"]) == (None, "req_1")
    assert data["pagination"] == {
        "page": 1,
        "limit": 20,
        "total": 2,
        "totalPages": 1,
        "totalIsExact": True,
        "hasNext": False,
        "hasPrev": False,
    }


def test_narrows_down(staff: Client, owner: User) -> None:
    failed = row(owner, status="failed", tier="industry", created_at=NOW)
    row(owner, status="completed", tier="industry")
    mine = row(customer(email="other@example.com"), status="failed")
    assert ids(staff, status="failed", tier="industry") == [failed.public_id]
    assert ids(staff, user="Other@example.com") == [mine.public_id]
    assert ids(staff, user=owner.public_id, status="failed") == [failed.public_id]
    assert ids(staff, startDate="2025-01-15", endDate="2025-01-15") == [failed.public_id]
    assert ids(staff, user="nobody@example.com") == []
    assert ids(staff, batch="batch_none") == []


def test_a_batchs_images(staff: Client, owner: User) -> None:
    row(owner)
    batch = ended(owner)
    found = asked(staff, batch=batch.public_id)["jobs"]
    assert len(found) == batch.total_images
    assert {image["batchId"] for image in found} == {batch.public_id}


def test_pages_and_going_on_after_a_job(staff: Client, owner: User) -> None:
    made = [row(owner, created_at=NOW).public_id for _ in range(5)][::-1]
    assert ids(staff, page=2, limit=2) == made[2:4]
    assert asked(staff, page=2, limit=2)["pagination"]["hasNext"] is True
    assert ids(staff, before=made[1], limit=2) == made[2:4]
    assert ids(staff, before=made[4]) == []


def test_the_total_follows_from_the_statistics(staff: Client, owner: User) -> None:
    now = timezone.now()
    for days in (1, 10, 100):
        job(owner, "basic", "failed", now - timedelta(days=days))
    job(owner, "standard", "completed", now)
    rollups.roll_up(now=now)
    assert asked(staff)["pagination"]["total"] == 4
    assert asked(staff, status="failed")["pagination"]["total"] == 3
    assert asked(staff, status="failed", tier="standard")["pagination"]["total"] == 0


def test_a_count_goes_only_so_far(
    staff: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "CAP", 2)
    for _ in range(3):
        row(owner)
    pagination = asked(staff, user=owner.public_id)["pagination"]
    assert (pagination["total"], pagination["totalIsExact"]) == (2, False)
    assert asked(staff)["pagination"]["total"] == 3


def test_a_job_of_an_erased_user_has_none(staff: Client, owner: User) -> None:
    row(owner)
    owner.delete()
    assert asked(staff)["jobs"][0]["user"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"status": "done"},
        {"tier": "gold"},
        {"limit": 101},
        {"page": 0},
        {"page": 1000, "limit": 100},
        {"startDate": "yesterday"},
        {"startDate": "2025-01-03", "endDate": "2025-01-01"},
        {"colour": "red"},
    ],
)
def test_bad_queries_are_refused(staff: Client, query: dict[str, Any]) -> None:
    answer = staff.get(URL, query)
    assert (answer.status_code, code(answer)) == (400, "INVALID_INPUT")


def test_an_unknown_cursor_is_not_found(staff: Client) -> None:
    assert staff.get(URL, {"before": "job_none"}).status_code == 404


@pytest.mark.parametrize("url", [URL, "/api/background-remover/admin/jobs"])
def test_only_for_staff_with_the_permission(
    api: Client, helper: Client, staff: Client, url: str
) -> None:
    assert Client().get(url).status_code == 401
    for client in (api, helper):
        answer = client.get(url)
        assert (answer.status_code, code(answer)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert staff.get(url).status_code == 200


def test_does_not_ask_for_each_row(
    staff: Client, django_assert_max_num_queries: Any, owner: User
) -> None:
    ended(owner)
    for _ in range(3):
        row(UserFactory())
    with django_assert_max_num_queries(8):
        asked(staff)
