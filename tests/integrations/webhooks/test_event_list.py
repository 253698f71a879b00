"""`GET /webhooks/events`."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.http.auth import Scope
from integrations.models import Event
from integrations.webhooks import recorder, relay
from tests.accounts.factories import api_key_for
from tests.integrations.webhooks.factories import record

pytestmark = pytest.mark.django_db
URL = "/v1/webhooks/events"


@pytest.fixture
def five(owner: User) -> None:
    """Five numbered events, the third of them about money."""
    for event in ("job.completed", "job.failed", "credits.low", "job.completed", "job.completed"):
        record(owner, event=event)
    relay.run(now=timezone.now())


def page(client: Client, **query: Any) -> Any:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def sequences(data: Any) -> list[int]:
    return [event["sequence"] for event in data["events"]]


@pytest.mark.usefixtures("five")
class TestCatchingUp:
    def test_events_come_in_order_after_the_last_one_seen(self, api: Client) -> None:
        data = page(api, after=2)
        assert sequences(data) == [3, 4, 5]
        assert (data["nextAfter"], data["hasMore"], data["latestSequence"]) == (5, False, 5)

    def test_following_next_after_finds_each_event_once(self, api: Client) -> None:
        found, after = [], 0
        while True:
            data = page(api, after=after, limit=2)
            found += sequences(data)
            after = data["nextAfter"]
            if not data["hasMore"]:
                break
        assert found == [1, 2, 3, 4, 5]

    def test_at_the_end_the_place_stays(self, api: Client) -> None:
        data = page(api, after=5)
        assert (data["events"], data["nextAfter"], data["hasMore"]) == ([], 5, False)

    def test_an_event_is_shown_as_it_is_delivered(self, api: Client) -> None:
        (event,) = page(api, limit=1)["events"]
        assert set(event) == {"type", "id", "sequence", "timestamp", "data"}
        assert event["data"] == {"jobId": "job_0"}

    def test_types_are_chosen(self, api: Client) -> None:
        assert sequences(page(api, type="job.failed")) == [2]

    def test_a_gap_shows_when_events_were_deleted(self, api: Client, owner: User) -> None:
        recorder.forget(user_id=owner.pk, subjects=["job_0", "job_1"])
        data = page(api)
        assert (data["oldestSequence"], sequences(data)) == (3, [3, 4, 5])

    def test_a_key_without_the_scope_sees_nothing_about_money(self, owner: User) -> None:
        key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
        assert sequences(page(Client(headers={"x-api-key": key}))) == [1, 2, 4, 5]

    def test_other_users_see_nothing(self, stranger: Client, staff: Client) -> None:
        for who in (stranger, staff):
            data = page(who)
            assert (data["events"], data["latestSequence"]) == ([], 0)
            assert data["oldestSequence"] is None


def test_what_is_not_numbered_yet_is_not_shown(api: Client, owner: User) -> None:
    record(owner)
    assert page(api)["events"] == []
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "query", [{"after": -1}, {"after": 2**63}, {"limit": 0}, {"limit": 101}, {"type": "job.lost"}]
)
def test_queries_out_of_range_are_refused(api: Client, query: dict[str, Any]) -> None:
    assert api.get(URL, query).status_code == 400


def test_a_login_is_needed() -> None:
    assert Client().get(URL).status_code == 401
