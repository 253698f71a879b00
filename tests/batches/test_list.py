"""GET /background-remover/batch: the batches of whoever asks."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from batches.models import Batch
from tests.batches.factories import claimed, ended, started, succeed
from tests.removal.factories import customer

URL = "/v1/background-remover/batch"

pytestmark = pytest.mark.django_db


def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    batches: list[dict[str, Any]] = answer.json()["data"]["batches"]
    return batches


def ids(client: Client, **query: Any) -> list[str]:
    return [batch["batchId"] for batch in listed(client, **query)]


def test_newest_first_with_how_far_each_is(api: Client, owner: User) -> None:
    done, running = ended(owner, name="Spring"), started(owner)
    succeed(claimed(running)[0])
    second, first = listed(api)
    assert first == {
        "batchId": done.public_id,
        "name": "Spring",
        "status": "completed",
        "tier": "basic",
        "totalImages": 3,
        "processedImages": 3,
        "failedImages": 0,
        "percentage": 100,
        "totalCredits": 9,
        "creditsUsed": 9,
        "createdAt": first["createdAt"],
        "completedAt": first["completedAt"],
    }
    assert (second["batchId"], second["processedImages"]) == (running.public_id, 1)


def test_pages(api: Client, owner: User) -> None:
    batches = [started(owner).public_id for _ in range(3)]
    answer = api.get(URL, {"page": 2, "limit": 2}).json()["data"]
    assert [batch["batchId"] for batch in answer["batches"]] == [batches[0]]
    assert answer["pagination"]["total"] == 3


def test_narrowed_down(api: Client, owner: User) -> None:
    done, running = ended(owner), started(owner, tier="standard")
    assert ids(api, status="completed") == [done.public_id]
    assert ids(api, tier="standard") == [running.public_id]


def test_by_date(api: Client, owner: User) -> None:
    old, new = started(owner), started(owner)
    Batch.objects.filter(pk=old.pk).update(created_at="2025-01-15T10:00:00Z")
    assert ids(api, endDate="2025-01-15") == [old.public_id]
    assert ids(api, startDate="2025-01-16") == [new.public_id]


def test_by_cost(api: Client, owner: User) -> None:
    paid, free = ended(owner), started(owner)
    assert ids(api, sortBy="creditsUsed") == [paid.public_id, free.public_id]
    assert ids(api, sortBy="creditsUsed", sortOrder="asc") == [free.public_id, paid.public_id]


@pytest.mark.parametrize(
    "query", [{"status": "lost"}, {"limit": 101}, {"since": "x"}, {"startDate": "soon"}]
)
def test_nonsense_is_refused(api: Client, query: dict[str, Any]) -> None:
    assert api.get(URL, query).status_code == 400


def test_an_end_before_the_start_is_refused(api: Client) -> None:
    query = {"startDate": "2025-01-16", "endDate": "2025-01-14"}
    assert api.get(URL, query).status_code == 400


def test_batches_of_others_are_not_listed(stranger: Client, staff: Client, owner: User) -> None:
    started(owner)
    assert listed(stranger) == listed(staff) == []


def test_anonymous_is_refused() -> None:
    assert Client().get(URL).status_code == 401


def test_a_page_takes_few_queries(
    api: Client, owner: User, django_assert_max_num_queries: Any
) -> None:
    rich = customer(1000)
    for _ in range(4):
        started(owner)
        started(rich)
    with django_assert_max_num_queries(6):
        listed(api)


def test_search_by_a_part_of_the_name(api: Client, owner: User) -> None:
    spring = started(owner, name="Spring 50%_off")
    started(owner, name="Autumn")
    for part in ("spring", "50%_"):
        assert ids(api, search=part) == [spring.public_id]
    assert ids(api, search="winter") == ids(api, search="S%g") == []
