"""GET /background-remover/jobs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.batches.factories import started
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
        "batchId": None,
        "filename": None,
        "tier": "professional",
        "status": "completed",
        "creditsUsed": 15,
        "createdAt": "2025-01-15T11:00:00Z",
        "expiredAt": None,
        "erasedAt": None,
        "error": None,
        "reportedAt": None,
        "retryJobId": None,
        "retryOf": None,
        "version": 1,
        "editable": False,
        "previews": None,
    }
    assert data["jobs"][1]["id"] == old.public_id
    assert data["pagination"] == {
        "page": 1,
        "limit": 20,
        "total": 2,
        "totalPages": 1,
        "hasNext": False,
        "hasPrev": False,
        "nextCursor": None,
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


def test_by_a_part_of_the_file_name(api: Client, owner: User) -> None:
    shoe = row(owner, filename="Red Shoe_1.jpg").public_id
    row(owner, filename="bag.jpg")
    assert listed(api, search="shoe") == [shoe]
    assert listed(api, search="e_1.") == [shoe]
    # No wildcards.
    assert listed(api, search="%") == listed(api, search="b_g") == []


def test_a_search_with_a_cursor_goes_through_everything_once(api: Client, owner: User) -> None:
    jobs = [row(owner, filename=f"shoe{n}.jpg").public_id for n in range(3)]
    row(owner, filename="bag.jpg")
    page: Any = api.get(URL, {"search": "shoe", "limit": "2"}).json()["data"]
    rest = listed(api, search="shoe", cursor=page["pagination"]["nextCursor"])
    assert [*(job["id"] for job in page["jobs"]), *rest] == jobs[::-1]


def test_singles_or_images_of_batches(api: Client, owner: User) -> None:
    single = row(owner).public_id
    batch = started(owner, images=2)
    assert listed(api, kind="single") == [single]
    assert len(listed(api, kind="batch")) == 2
    assert listed(api, kind="single", batch=batch.public_id) == []


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
        {"kind": "both"},
        {"search": "x" * 101},
    ],
)
def test_malformed_queries_are_refused(api: Client, query: dict[str, Any]) -> None:
    answer = api.get(URL, query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")


class TestBatchesAndCursors:
    """The batch of a listed job, and pages of a long listing."""

    def test_a_job_names_its_batch_and_its_file(self, api: Client, owner: User) -> None:
        batch = started(owner, images=2)
        [first, _] = api.get(URL, {"sortOrder": "asc"}).json()["data"]["jobs"]
        assert (first["batchId"], first["filename"]) == (batch.public_id, "image0.jpg")
        detail = api.get(f"{URL}/{first['id']}").json()["data"]
        assert (detail["batchId"], detail["filename"]) == (batch.public_id, "image0.jpg")

    def test_a_single_has_no_batch(self, api: Client, owner: User) -> None:
        row(owner, filename="shoe.jpg")
        [job] = api.get(URL).json()["data"]["jobs"]
        assert (job["batchId"], job["filename"]) == (None, "shoe.jpg")

    def test_a_listing_may_be_of_one_batch(self, api: Client, owner: User) -> None:
        batch = started(owner, images=2)
        row(owner)
        assert len(listed(api)) == 3
        assert len(listed(api, batch=batch.public_id)) == 2

    def test_a_strangers_batch_is_not_there(self, owner: User, stranger: Client) -> None:
        batch = started(owner, images=2)
        assert stranger.get(URL, {"batch": batch.public_id}).status_code == 404
        assert stranger.get(URL, {"batch": "batch_unknown"}).status_code == 404

    def test_a_cursor_goes_through_everything_once(self, api: Client, owner: User) -> None:
        # Several at the same moment: the cursor must tell them apart.
        jobs = [row(owner, created_at=NOW + timedelta(seconds=n // 3)) for n in range(8)]
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            data = api.get(URL, {"limit": "3", "cursor": cursor}).json()["data"]
            found += [job["id"] for job in data["jobs"]]
            cursor = data["pagination"]["nextCursor"]
            assert data["pagination"]["hasNext"] == (cursor is not None)
            assert data["pagination"]["total"] == 8
        assert found == [job.public_id for job in reversed(jobs)]

    def test_new_jobs_move_no_page(self, api: Client, owner: User) -> None:
        old = [row(owner, created_at=NOW + timedelta(seconds=n)).public_id for n in range(4)]
        cursor = api.get(URL, {"limit": 2}).json()["data"]["pagination"]["nextCursor"]
        row(owner, created_at=NOW + timedelta(hours=1))
        assert listed(api, limit=2, cursor=cursor) == [old[1], old[0]]

    def test_a_cursor_keeps_to_what_is_filtered(self, api: Client, owner: User) -> None:
        for number in range(4):
            status = "failed" if number % 2 else "completed"
            row(owner, status=status, created_at=NOW + timedelta(seconds=number))
        page = api.get(URL, {"limit": "1", "status": "failed"}).json()["data"]
        cursor = str(page["pagination"]["nextCursor"])
        rest: Any = api.get(URL, {"status": "failed", "cursor": cursor}).json()["data"]["jobs"]
        assert [job["status"] for job in rest] == ["failed"]

    @pytest.mark.parametrize(
        "query", [{"page": 2}, {"sortOrder": "asc"}, {"sortBy": "creditsUsed"}]
    )
    def test_a_cursor_has_one_order(self, api: Client, owner: User, query: dict[str, Any]) -> None:
        answer = api.get(URL, {"cursor": row(owner).public_id, **query})
        assert answer.status_code == 400
        assert "cursor" in answer.json()["error"]["details"]["fields"]

    def test_a_strangers_job_is_no_cursor(self, owner: User, stranger: Client) -> None:
        assert stranger.get(URL, {"cursor": row(owner).public_id}).status_code == 404
