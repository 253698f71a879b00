"""Singles that a subscription pays for: taken at submit, given back when they come to nothing."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from common.http.errors import ServiceUnavailable
from removal import services, settlement
from removal.models import Job
from tests.billing.factories import quota_of, subscription_for
from tests.removal.factories import completed, customer, queued, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscriber() -> User:
    user = customer(credits=0)
    subscription_for(user)
    return user


def test_a_completed_image_costs_quota_and_no_credits(subscriber: User) -> None:
    job = completed(subscriber)
    assert (job.status, job.pricing_type, job.credits_used) == ("completed", "subscription", 0)
    assert quota_of(subscriber) == (1, 0)
    assert ledger.balance(user_id=subscriber.pk).available == 0


def test_a_cancelled_image_gives_its_quota_back(subscriber: User) -> None:
    job = queued(subscriber)
    assert quota_of(subscriber) == (1, 0)
    services.cancel(user_id=subscriber.pk, job_id=job.public_id, now=timezone.now())
    assert quota_of(subscriber) == (0, 0)


def test_a_failed_image_gives_its_quota_back(subscriber: User) -> None:
    job = queued(subscriber)
    Job.objects.filter(pk=job.pk).update(
        status="processing",
        attempts=3,
        lease_token="0b0e7b0a-0000-4000-8000-000000000000",
        lease_expires_at=timezone.now(),
    )
    job.refresh_from_db()
    settlement.fail(job=job, error=ServiceUnavailable(), now=timezone.now())
    assert quota_of(subscriber) == (0, 0)


def test_an_erased_image_that_waited_gives_its_quota_back(subscriber: User) -> None:
    job = queued(subscriber)
    services.erase(user_id=subscriber.pk, job_id=job.public_id, now=timezone.now())
    assert quota_of(subscriber) == (0, 0)


def test_a_used_up_quota_is_told_by_the_endpoint(api: Client, owner: User) -> None:
    ledger.adjust(user_id=owner.pk, credits=-100, key="poor", reason="Test", actor_id=None)
    subscription_for(owner, "starter")
    fields = {"image": uploaded(), "tier": "professional"}
    answer = api.post("/v1/background-remover/remove", fields)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "TIER_NOT_ALLOWED"
    assert quota_of(owner) == (0, 0)
