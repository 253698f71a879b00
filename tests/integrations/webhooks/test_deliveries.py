"""`GET /webhooks/deliveries`, `…/{id}` and `POST …/{id}/replay`, also under their older paths."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.http.auth import Scope
from integrations.models import Endpoint
from tests.accounts.factories import api_key_for
from tests.accounts.http import code
from tests.integrations.webhooks.factories import delivery, endpoint

pytestmark = pytest.mark.django_db
URL = "/v1/webhooks/deliveries"
OLDER = "/v1/integrations/webhook-deliveries"


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
    # A new one is due at once, and not before it was there.
    assert found["nextAttemptAt"] == found["createdAt"]


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
        answer = who.post(f"{URL}/{found.public_id}/replay")
        assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")


def test_a_dead_delivery_is_delivered_again(api: Client, owner: User) -> None:
    dead = delivery(owner, status="dead", attempts=10, ended_at=timezone.now())
    answer = api.post(f"{URL}/{dead.public_id}/replay")
    assert answer.json()["data"]["status"] == "pending"
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("pending", 0)


def test_a_key_sends_again_only_what_it_may_read(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ, Scope.REMOVAL_WRITE])
    bearer = Client(headers={"x-api-key": key})
    money, other = delivery(owner, event="invoice.paid"), delivery(owner)
    assert bearer.post(f"{URL}/{money.public_id}/replay").status_code == 404
    assert bearer.post(f"{URL}/{other.public_id}/replay").status_code == 200


def test_unknown_parameters_are_refused(api: Client) -> None:
    assert api.get(URL, {"state": "dead"}).status_code == 400
    assert api.get(URL, {"status": "lost"}).status_code == 400


def test_a_login_is_needed() -> None:
    assert Client().get(URL).status_code == 401
    assert Client().post(f"{URL}/evt_1/replay").status_code == 401


def test_deliveries_are_found_by_endpoint_and_event(api: Client, owner: User) -> None:
    made = endpoint(owner).endpoint
    to_endpoint = delivery(owner, endpoint=made)
    delivery(owner, event="batch.failed", subject="batch_2")
    assert listed(api, endpoint=made.public_id) == [to_endpoint.public_id]
    assert listed(api, event="batch.completed") == [to_endpoint.public_id]
    assert listed(api, endpoint="hook_unknown") == []
    assert api.get(URL, {"event": "batch.lost"}).status_code == 400


def test_one_delivery_is_shown_to_its_owner_alone(
    api: Client, owner: User, stranger: Client, staff: Client
) -> None:
    found = delivery(owner)
    data = api.get(f"{URL}/{found.public_id}").json()["data"]
    assert (data["body"], data["log"]) == (found.body, [])
    for who in (stranger, staff):
        assert who.get(f"{URL}/{found.public_id}").status_code == 404


def test_a_replay_goes_to_the_address_that_the_endpoint_has_now(api: Client, owner: User) -> None:
    made = endpoint(owner).endpoint
    dead = delivery(owner, endpoint=made, status="dead", ended_at=timezone.now())
    Endpoint.objects.update(url="https://example.org/new")
    assert api.post(f"{URL}/{dead.public_id}/replay").json()["data"]["url"].endswith("/new")


def test_the_older_paths_go_on_working(api: Client, owner: User) -> None:
    dead = delivery(owner, status="dead", ended_at=timezone.now())
    (found,) = api.get(OLDER).json()["data"]["deliveries"]
    assert found["id"] == dead.public_id
    answer = api.post(f"{OLDER}/{dead.public_id}/redeliver")
    assert answer.json()["data"]["status"] == "pending"
