"""`GET /integrations/webhook-deliveries` and `POST …/{id}/redeliver`."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.http import code
from tests.integrations.webhooks.factories import delivery

pytestmark = pytest.mark.django_db
URL = "/v1/integrations/webhook-deliveries"


def listed(client: Client, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["data"]["deliveries"]]


def test_deliveries_are_listed_newest_first(api: Client, owner: User) -> None:
    first = delivery(owner, subject="batch_a")
    second = delivery(owner, subject="batch_b", status="dead", ended_at=timezone.now())
    assert listed(api) == [second.public_id, first.public_id]
    assert listed(api, batchId="batch_a") == [first.public_id]
    assert listed(api, status="dead") == [second.public_id]
    assert listed(api, page=2, limit=1) == [first.public_id]


def test_a_delivery_shows_its_outcome(api: Client, owner: User) -> None:
    delivery(owner, response_status=500, last_error="no", response_excerpt="oops", attempts=1)
    (found,) = api.get(URL).json()["data"]["deliveries"]
    assert found["responseStatus"] == 500
    assert (found["error"], found["responseExcerpt"], found["attempts"]) == ("no", "oops", 1)
    assert found["endedAt"] is None
    assert found["nextAttemptAt"] is not None


def test_a_delivery_names_the_batch_or_the_job_that_it_is_about(api: Client, owner: User) -> None:
    of_batch = delivery(owner)
    of_job = delivery(owner, event="job.failed", subject="job_1")
    rows = api.get(URL).json()["data"]["deliveries"]
    assert [(row["batchId"], row["jobId"]) for row in rows] == [(None, "job_1"), ("batch_1", None)]
    assert listed(api, jobId="job_1") == [of_job.public_id]
    assert listed(api, batchId="batch_1") == [of_batch.public_id]
    assert api.get(URL, {"jobId": "job_1", "batchId": "batch_1"}).status_code == 400


def test_other_users_see_nothing(owner: User, api: Client, stranger: Client, staff: Client) -> None:
    found = delivery(owner)
    for who in (stranger, staff):
        assert listed(who) == []
        answer = who.post(f"{URL}/{found.public_id}/redeliver")
        assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")


def test_a_dead_delivery_is_delivered_again(api: Client, owner: User) -> None:
    dead = delivery(owner, status="dead", attempts=10, ended_at=timezone.now())
    answer = api.post(f"{URL}/{dead.public_id}/redeliver")
    assert answer.json()["data"]["status"] == "pending"
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("pending", 0)


def test_unknown_parameters_are_refused(api: Client) -> None:
    assert api.get(URL, {"state": "dead"}).status_code == 400
    assert api.get(URL, {"status": "lost"}).status_code == 400


def test_a_login_is_needed() -> None:
    assert Client().get(URL).status_code == 401
    assert Client().post(f"{URL}/evt_1/redeliver").status_code == 401
