"""Webhook events from the end of a batch to the receiver."""

import json
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import User
from batches.models import Batch
from batches.signals import batch_closed, batch_erased
from integrations.models import Delivery
from integrations.webhooks import relay, secrets
from tests.accounts.http import run_queued
from tests.integrations.webhooks.factories import ended_batch
from tests.removal.server import Server


def close(batch: Batch) -> None:
    batch_closed.send(sender=Batch, batch_id=batch.pk)
    relay.run(now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_batch_reaches_its_webhook(owner: User, receiver: Server) -> None:
    batch = ended_batch(owner, webhook_url=receiver.url)
    batch_closed.send(sender=Batch, batch_id=batch.pk)
    assert run_queued("delivery") == ["integrations.tasks.deliver_due"]
    (seen,) = receiver.seen
    secret = secrets.valid(user_id=owner.pk, now=timezone.now())[0].secret
    event = Webhook(secret).verify(seen.body, seen.headers)
    assert event["type"] == "batch.completed"
    assert event["data"]["batchId"] == batch.public_id


@pytest.mark.django_db
class TestPayload:
    def data(self, batch: Batch) -> Any:
        close(batch)
        return json.loads(Delivery.objects.get(subject=batch.public_id).body)["data"]

    def test_contains_the_images_and_credits(self, owner: User) -> None:
        data = self.data(ended_batch(owner))
        assert data["status"] == "completed"
        assert data["progress"] == {
            "totalImages": 3,
            "processedImages": 2,
            "failedImages": 1,
            "cancelledImages": 0,
            "percentage": 100,
        }
        assert data["pricing"] == {
            "totalCredits": 9,
            "discountPercentage": 0,
            "creditsUsed": 6,
        }
        assert data["error"] is None

    def test_the_archive_can_be_fetched_as_long_as_it_is_kept(
        self, owner: User, settings: Any
    ) -> None:
        batch = ended_batch(owner)
        url = self.data(batch)["zipUrl"]
        assert url.startswith(f"{settings.BASE_URL}/batches/{batch.public_id}.zip?expires=")
        expires = int(url.partition("expires=")[2].partition("&")[0])
        assert expires - timezone.now().timestamp() > settings.RETENTION_RESULTS_H * 3600 - 60

    def test_a_failed_batch_has_a_reason_and_no_archive(self, owner: User) -> None:
        data = self.data(ended_batch(owner, status="failed", error_message="no archive"))
        assert data["zipUrl"] is None
        assert data["error"] == {"code": "ARCHIVE_FAILED", "message": "no archive"}

    def test_a_cancelled_batch_is_an_event_of_its_own(self, owner: User) -> None:
        batch = ended_batch(owner, status="cancelled")
        close(batch)
        assert Delivery.objects.get().event == "batch.cancelled"


@pytest.mark.django_db
def test_a_second_signal_changes_nothing(owner: User) -> None:
    batch = ended_batch(owner)
    close(batch)
    close(batch)
    assert Delivery.objects.count() == 1


@pytest.mark.django_db
def test_a_batch_without_a_webhook_makes_no_delivery(owner: User) -> None:
    close(ended_batch(owner, webhook_url=""))
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_deliveries_of_an_erased_batch_are_deleted(owner: User) -> None:
    batch, other = ended_batch(owner), ended_batch(owner)
    close(batch)
    close(other)
    batch_erased.send(sender=Batch, batch_id=batch.public_id, user_id=owner.pk)
    assert Delivery.objects.get().subject == other.public_id
