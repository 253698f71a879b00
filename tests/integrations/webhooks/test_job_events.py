"""From the end of a single removal to its receiver."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import User
from billing import ledger
from common.http.errors import ServiceUnavailable
from common.http.idempotency.store import IdempotencyKeyReused
from integrations.models import Delivery, Event
from integrations.webhooks import relay, secrets
from removal import claims, runner, services, settlement
from removal.models import Job
from removal.signals import job_ended
from tests.accounts.http import run_queued
from tests.removal.conftest import media
from tests.removal.factories import blank, completed, customer, queued, uploaded, working
from tests.removal.server import Reply, Server

__all__ = ["media"]

pytestmark = pytest.mark.django_db
URL = "/v1/background-remover/remove"
HOOK = "https://example.com/hook"


@pytest.fixture
def owner(db: None) -> User:
    return customer()


def post(api: Client, **fields: Any) -> Any:
    return api.post(URL, {"image": uploaded(), "tier": "basic", "webhookUrl": HOOK, **fields})


def data() -> Any:
    return json.loads(Event.objects.get().data)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("asked", "status"), [({}, 200), ({"async": "true"}, 202)])
def test_the_end_of_a_removal_reaches_its_webhook(
    api: Client, owner: User, receiver: Server, asked: dict[str, str], status: int
) -> None:
    with working():
        answer = post(api, webhookUrl=receiver.url, **asked)
        job_id = answer.json()["data"]["jobId"]
        job = services.wait(job=Job.objects.get(public_id=job_id), timeout_s=60)
    assert answer.status_code == status
    run_queued("delivery")
    (seen,) = receiver.seen
    secret = secrets.valid(user_id=owner.pk, now=timezone.now())[0].secret
    event = Webhook(secret).verify(seen.body, seen.headers)
    assert event["type"] == "job.completed"
    assert event["data"]["jobId"] == job.public_id
    assert seen.headers["x-request-id"] == job.request_id


class TestPayload:
    def test_tells_what_the_answer_tells(self, owner: User) -> None:
        job = completed(owner, webhook_url=HOOK)
        event = data()
        assert (event["status"], event["tier"], event["error"]) == ("completed", "basic", None)
        assert (event["creditsUsed"], event["pricingType"]) == (3, "credits")
        assert event["processingTimeMs"] == job.processing_time_ms
        assert event["metadata"] == {
            "originalSize": job.original_size,
            "processedSize": job.result_size,
            "width": 96,
            "height": 64,
            "format": "png",
        }
        assert all(event["timing"][name] for name in ("createdAt", "startedAt", "completedAt"))

    def test_the_result_can_be_fetched_as_long_as_it_is_kept(
        self, owner: User, settings: Any
    ) -> None:
        job = completed(owner, webhook_url=HOOK)
        url = data()["processedUrl"]
        assert url.startswith(f"{settings.BASE_URL}/{job.result_key}?expires=")
        expires = int(url.partition("expires=")[2].partition("&")[0])
        assert expires - timezone.now().timestamp() > settings.RETENTION_RESULTS_H * 3600 - 60
        found = Client().get(url.removeprefix(settings.BASE_URL))
        assert len(b"".join(found.streaming_content)) == job.result_size  # type: ignore[attr-defined]

    def test_a_failure_has_a_reason_and_costs_nothing(self, owner: User) -> None:
        job = completed(owner, data=blank(), webhook_url=HOOK)
        assert Event.objects.get().type == "job.failed"
        event = data()
        assert event["error"] == {"code": "NO_SUBJECT_FOUND", "message": job.error_message}
        assert (event["processedUrl"], event["metadata"], event["creditsUsed"]) == (None, None, 0)

    def test_a_cancelled_job_is_an_event_of_its_own(self, api: Client, owner: User) -> None:
        job = queued(owner, webhook_url=HOOK)
        api.post(f"/v1/background-remover/jobs/{job.public_id}/cancel")
        assert Event.objects.get().type == "job.cancelled"
        assert data()["status"] == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_logs_name_the_job_and_not_the_address(
    owner: User, receiver: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    job = completed(owner, webhook_url=receiver.url)
    receiver.answer = lambda _: Reply(500)
    run_queued("delivery")
    assert len(receiver.seen) == 1
    assert job.public_id in caplog.text
    assert receiver.url not in caplog.text


def test_a_job_without_a_webhook_makes_no_delivery(owner: User) -> None:
    completed(owner)
    assert not Event.objects.exists()


def test_a_removal_that_is_retried_by_an_operator_is_announced_too(owner: User) -> None:
    waiting = queued(owner, webhook_url=HOOK)
    job = services.cancel_queued(job=waiting, now=timezone.now())
    again = services.retry(job=job, request_id="req_2", now=timezone.now())
    assert again.webhook_url == HOOK


@pytest.fixture
def receiver_that_fails() -> Iterator[None]:
    def refuse(**_: Any) -> None:
        raise ServiceUnavailable

    job_ended.connect(refuse)
    yield
    job_ended.disconnect(refuse)


@pytest.mark.usefixtures("receiver_that_fails")
def test_a_job_does_not_end_without_its_event(owner: User) -> None:
    queued(owner, webhook_url=HOOK)
    [job] = claims.claim(limit=1, now=timezone.now())
    result = runner.cut_out(job)
    with pytest.raises(ServiceUnavailable):
        settlement.complete(job=job, result=result, now=timezone.now())
    job.refresh_from_db()
    assert (job.status, job.credits_used) == ("processing", 0)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=3)
    assert not Event.objects.exists()


class TestErasure:
    def test_nothing_is_kept_of_a_job_that_was_erased(self, api: Client, owner: User) -> None:
        job, other = (completed(owner, webhook_url=HOOK) for _ in range(2))
        relay.run(now=timezone.now())
        api.delete(f"/v1/background-remover/jobs/{job.public_id}")
        assert Event.objects.get().subject == other.public_id
        assert Delivery.objects.get().subject == other.public_id

    def test_nor_of_one_that_was_cancelled_by_it(self, api: Client, owner: User) -> None:
        job = queued(owner, webhook_url=HOOK)
        api.delete(f"/v1/background-remover/jobs/{job.public_id}")
        assert not Event.objects.exists()

    def test_others_cannot_erase_it(self, stranger: Client, staff: Client, owner: User) -> None:
        job = completed(owner, webhook_url=HOOK)
        for who in (stranger, staff):
            answer = who.delete(f"/v1/background-remover/jobs/{job.public_id}")
            assert answer.status_code == 404
        assert Event.objects.count() == 1


class TestRequest:
    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("http://example.com/hook", "must begin with https://"),
            ("https://127.0.0.1/hook", "private network"),
            ("https://example.com:22/hook", "Port 22"),
            ("https://example.com/" + "ä" * 1500, "longer than 2000 bytes"),
        ],
    )
    def test_an_address_that_cannot_be_called_is_refused(
        self, api: Client, address: str, reason: str
    ) -> None:
        answer = post(api, webhookUrl=address)
        assert answer.status_code == 400
        assert "webhookUrl" in answer.json()["error"]["message"]
        assert reason in answer.json()["error"]["message"]
        assert not Job.objects.exists()

    def test_an_empty_address_is_none(self, api: Client) -> None:
        assert post(api, webhookUrl="", **{"async": "true"}).status_code == 202
        assert Job.objects.get().webhook_url == ""

    def test_one_key_does_not_stand_for_two_addresses(self, owner: User) -> None:
        first = queued(owner, webhook_url=HOOK, idempotency_key="k")
        assert queued(owner, webhook_url=HOOK, idempotency_key="k") == first
        with pytest.raises(IdempotencyKeyReused):
            queued(owner, webhook_url="https://example.com/other", idempotency_key="k")
