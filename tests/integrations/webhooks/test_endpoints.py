"""`/webhooks/endpoints`, and what is sent to an endpoint."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import User
from common.http.auth import Scope
from integrations.models import Delivery, Endpoint
from integrations.webhooks import catalogue, sender
from tests.accounts.factories import api_key_for
from tests.accounts.http import code
from tests.integrations.webhooks.factories import delivery, endpoint
from tests.removal.server import Reply, Server

pytestmark = pytest.mark.django_db
URL = "/v1/webhooks/endpoints"
ADDRESS = "https://example.com/hook"


def make(client: Client, **fields: Any) -> Any:
    return client.post(URL, {"url": ADDRESS, **fields}, content_type="application/json")


def patch(client: Client, public_id: str, **fields: Any) -> Any:
    return client.patch(f"{URL}/{public_id}", fields, content_type="application/json")


def rotate(client: Client, public_id: str, **fields: Any) -> Any:
    path = f"{URL}/{public_id}/rotate-secret"
    return client.post(path, fields, content_type="application/json")


def run(*, later: timedelta = timedelta(0)) -> int:
    return sender.deliver_due(clock=lambda: timezone.now() + later, for_s=30)


class TestMaking:
    def test_the_secret_is_shown_once_and_not_stored_legibly(self, api: Client) -> None:
        answer = make(api, description="Shop")
        data = answer.json()["data"]
        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        assert data["secret"].startswith("whsec_")
        shown = api.get(f"{URL}/{data['id']}").json()["data"]
        assert shown == {name: value for name, value in data.items() if name != "secret"}
        assert data["secret"] not in Endpoint.objects.get().secret

    def test_it_is_active_and_for_all_events_unless_said_otherwise(self, api: Client) -> None:
        data = make(api).json()["data"]
        assert (data["events"], data["active"], data["description"]) == (["*"], True, "")

    def test_filters_come_without_repetitions(self, api: Client) -> None:
        events = make(api, events=["job.failed", "batch.*", "job.failed"]).json()["data"]["events"]
        assert events == ["batch.*", "job.failed"]
        assert make(api, events=["job.failed", "*"]).json()["data"]["events"] == ["*"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"url": ""},
            {"url": "http://example.com/"},
            {"url": "https://127.0.0.1/"},
            {"url": "https://example.com:22/"},
            {"url": "https://example.com/" + "x" * 2000},
            {"events": []},
            {"events": ["job.lost"]},
            {"events": "*"},
            {"description": "x" * 201},
            {"active": "perhaps"},
            {"secret": "whsec_mine"},
        ],
    )
    def test_invalid_input_is_refused(self, api: Client, fields: dict[str, Any]) -> None:
        assert make(api, **fields).status_code == 400
        assert not Endpoint.objects.exists()

    def test_their_number_is_limited(self, api: Client, settings: Any, stranger: Client) -> None:
        settings.WEBHOOK_ENDPOINTS = 2
        assert [make(api).status_code for _ in range(3)] == [201, 201, 409]
        assert make(stranger).status_code == 201


class TestOwners:
    def test_own_endpoints_are_listed_oldest_first(self, api: Client, owner: User) -> None:
        made = [endpoint(owner).endpoint.public_id for _ in range(2)]
        data = api.get(URL).json()["data"]
        assert [one["id"] for one in data["endpoints"]] == made
        assert data["limit"] == 10
        assert {"name", "description"} == set(data["availableEvents"][0])

    def test_other_users_see_nothing(self, owner: User, stranger: Client, staff: Client) -> None:
        found = endpoint(owner).endpoint
        for who in (stranger, staff):
            assert who.get(URL).json()["data"]["endpoints"] == []
            for answer in (
                who.get(f"{URL}/{found.public_id}"),
                patch(who, found.public_id, active=False),
                who.delete(f"{URL}/{found.public_id}"),
                rotate(who, found.public_id),
                who.post(f"{URL}/{found.public_id}/test"),
            ):
                assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")
        assert not Delivery.objects.exists()

    def test_a_login_with_the_scope_is_needed(self, owner: User) -> None:
        assert Client().get(URL).status_code == 401
        key = api_key_for(owner, scopes=[Scope.REMOVAL_READ, Scope.REMOVAL_WRITE])
        assert make(Client(headers={"x-api-key": key})).status_code == 403


class TestChanging:
    def test_only_what_is_sent_changes(self, api: Client, owner: User) -> None:
        made = endpoint(owner, description="Shop").endpoint
        data = patch(api, made.public_id, events=["job.*"]).json()["data"]
        assert (data["events"], data["description"], data["url"]) == (["job.*"], "Shop", ADDRESS)

    def test_an_empty_description_clears_it(self, api: Client, owner: User) -> None:
        made = endpoint(owner, description="Shop").endpoint
        assert patch(api, made.public_id, description="").json()["data"]["description"] == ""

    def test_a_private_address_is_refused(self, api: Client, owner: User) -> None:
        made = endpoint(owner).endpoint
        assert patch(api, made.public_id, url="https://[::1]/").status_code == 400

    def test_turning_it_off_ends_what_waits(self, api: Client, owner: User) -> None:
        made = endpoint(owner).endpoint
        waiting = delivery(owner, endpoint=made)
        patch(api, made.public_id, active=False)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.last_error) == ("dead", "The endpoint was turned off")

    def test_turning_it_on_forgets_why_it_was_off(self, api: Client, owner: User) -> None:
        made = endpoint(owner).endpoint
        now = timezone.now()
        Endpoint.objects.update(
            active=False, failing_since=now, disabled_at=now, disabled_reason="failing"
        )
        assert api.get(f"{URL}/{made.public_id}").json()["data"]["disabledReason"] == "failing"
        data = patch(api, made.public_id, active=True).json()["data"]
        assert (data["active"], data["disabledReason"]) == (True, None)
        assert (data["failingSince"], data["disabledAt"]) == (None, None)

    def test_deleting_takes_its_deliveries_along(self, api: Client, owner: User) -> None:
        made = endpoint(owner).endpoint
        delivery(owner, endpoint=made)
        answer = api.delete(f"{URL}/{made.public_id}")
        assert answer.json()["data"] == {"id": made.public_id, "deleted": True}
        assert api.delete(f"{URL}/{made.public_id}").status_code == 404
        assert not Delivery.objects.exists()


class TestSending:
    def test_a_test_event_arrives_signed(self, api: Client, owner: User, receiver: Server) -> None:
        made = endpoint(owner, url=receiver.url, events=["invoice.*"], active=False)
        answer = api.post(f"{URL}/{made.endpoint.public_id}/test")
        assert answer.status_code == 202
        assert run() == 1
        (seen,) = receiver.seen
        event = Webhook(made.secret).verify(seen.body, seen.headers)
        assert event["type"] == "endpoint.test"
        assert event["data"]["endpointId"] == made.endpoint.public_id
        shown = api.get(f"/v1/webhooks/deliveries/{answer.json()['data']['id']}").json()["data"]
        assert (shown["status"], shown["responseStatus"]) == ("delivered", 200)
        assert json.loads(shown["body"]) == event
        assert shown["log"][0]["requestHeaders"]["webhook-id"] == shown["eventId"]

    def test_a_test_event_is_sent_once_only(
        self, api: Client, owner: User, receiver: Server
    ) -> None:
        receiver.answer = lambda _: Reply(500)
        made = endpoint(owner, url=receiver.url).endpoint
        api.post(f"{URL}/{made.public_id}/test")
        run()
        assert Delivery.objects.get().status == "dead"

    def test_both_secrets_sign_for_the_overlap(
        self, api: Client, owner: User, receiver: Server
    ) -> None:
        made = endpoint(owner, url=receiver.url)
        path = f"{URL}/{made.endpoint.public_id}"
        rotated = rotate(api, made.endpoint.public_id, overlapHours=1).json()["data"]
        assert rotated["previousSecretExpiresAt"] is not None
        api.post(f"{path}/test")
        run()
        api.post(f"{path}/test")
        run(later=timedelta(hours=1, seconds=1))
        during, after = receiver.seen
        assert Webhook(made.secret).verify(during.body, during.headers)
        assert Webhook(rotated["secret"]).verify(during.body, during.headers)
        assert len(after.headers["webhook-signature"].split()) == 1

    def test_without_an_overlap_the_old_secret_ends_at_once(
        self, api: Client, owner: User, receiver: Server
    ) -> None:
        made = endpoint(owner, url=receiver.url)
        path = f"{URL}/{made.endpoint.public_id}"
        rotate(api, made.endpoint.public_id, overlapHours=0)
        api.post(f"{path}/test")
        run()
        (seen,) = receiver.seen
        with pytest.raises(WebhookVerificationError):
            Webhook(made.secret).verify(seen.body, seen.headers)

    def test_a_rotation_without_a_body_overlaps_for_a_day(self, api: Client, owner: User) -> None:
        made = endpoint(owner).endpoint
        answer = api.generic("POST", f"{URL}/{made.public_id}/rotate-secret")
        assert answer.status_code == 200
        made.refresh_from_db()
        assert made.previous_expires_at is not None
        assert made.previous_expires_at - made.updated_at == timedelta(hours=24)

    @pytest.mark.parametrize("hours", [-1, 169, "soon"])
    def test_an_overlap_out_of_range_is_refused(self, api: Client, owner: User, hours: Any) -> None:
        made = endpoint(owner).endpoint
        assert rotate(api, made.public_id, overlapHours=hours).status_code == 400

    def test_a_secret_that_cannot_be_decrypted_is_a_failure_that_says_so(
        self, owner: User, receiver: Server
    ) -> None:
        made = endpoint(owner, url=receiver.url).endpoint
        Endpoint.objects.update(secret="nonsense")
        sent = delivery(owner, endpoint=made, url=receiver.url)
        run()
        sent.refresh_from_db()
        assert (receiver.seen, sent.last_error) == ([], "The secret cannot be read; rotate it")


class TestScopesOfEvents:
    """A key needs the scope that reads an event to have it posted to an address."""

    @staticmethod
    def key(owner: User, *scopes: Scope) -> Client:
        found = api_key_for(owner, scopes=[Scope.ACCOUNT_WRITE, *scopes])
        return Client(headers={"x-api-key": found})

    @pytest.mark.parametrize("name", [*catalogue.FILTERS])
    def test_a_key_that_reads_neither_pictures_nor_money_has_nothing_posted(
        self, owner: User, name: str
    ) -> None:
        answer = make(self.key(owner), events=[name])
        assert answer.status_code == 403
        assert code(answer) == "FORBIDDEN"
        about_pictures = name.startswith(("job.", "batch.")) or name == "*"
        wanted = Scope.REMOVAL_READ if about_pictures else Scope.BILLING_READ
        assert answer.json()["error"]["details"]["requiredScope"] == wanted
        assert not Endpoint.objects.exists()

    @pytest.mark.parametrize("events", [["invoice.*"], ["credits.low"], ["*"], None])
    def test_money_needs_the_scope_that_reads_billing(self, owner: User, events: Any) -> None:
        fields = {} if events is None else {"events": events}
        assert make(self.key(owner, Scope.REMOVAL_READ), **fields).status_code == 403
        both = self.key(owner, Scope.REMOVAL_READ, Scope.BILLING_READ)
        assert make(both, **fields).status_code == 201

    def test_pictures_need_none_for_money(self, owner: User) -> None:
        found = make(self.key(owner, Scope.REMOVAL_READ), events=["job.*", "batch.completed"])
        assert found.status_code == 201

    @pytest.mark.parametrize("fields", [{"url": "https://example.com/mine"}, {"events": ["*"]}])
    def test_a_key_cannot_lead_what_it_may_not_read_to_another_address(
        self, owner: User, fields: dict[str, Any]
    ) -> None:
        made = endpoint(owner).endpoint
        client = self.key(owner, Scope.REMOVAL_READ)
        assert patch(client, made.public_id, **fields).status_code == 403
        made.refresh_from_db()
        assert made.url == ADDRESS
        assert patch(client, made.public_id, active=False).status_code == 200
        assert patch(client, made.public_id, events=["job.*"]).status_code == 200
