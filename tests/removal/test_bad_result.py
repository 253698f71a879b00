"""POST /background-remover/jobs/{id}/bad-result."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common.http.auth import Scope
from removal import bulk, erasure, runner
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.billing.factories import subscription_for
from tests.removal.bulk.factories import images
from tests.removal.conftest import client_of
from tests.removal.factories import NOW, completed, customer, queued, row

pytestmark = pytest.mark.django_db


def url(job: Job) -> str:
    return f"/v1/background-remover/jobs/{job.public_id}/bad-result"


def report(client: Client, job: Job, status: int = 202) -> Any:
    answer = client.post(url(job))
    assert answer.status_code == status, answer.content
    return answer.json()["data"] if status == 202 else answer.json()["error"]


def test_the_image_is_done_anew_a_tier_up_for_nothing(api: Client, owner: User) -> None:
    job = completed(owner, fields={"bg_color": "red", "format": "webp"})
    before = ledger.balance(user_id=owner.pk)
    data = report(api, job)
    retry = Job.objects.get(public_id=data["retry"]["id"])
    assert (data["retry"]["tier"], data["retry"]["retryOf"]) == ("standard", job.public_id)
    assert data["reportedAt"].endswith("Z")
    runner.run(retry.public_id)
    retry.refresh_from_db()
    assert (retry.status, retry.price, retry.credits_used) == ("completed", 0, 0)
    assert retry.options == job.options
    assert ledger.balance(user_id=owner.pk) == before
    shown = api.get(f"/v1/background-remover/jobs/{job.public_id}").json()["data"]
    assert (shown["retryJobId"], shown["creditsUsed"]) == (retry.public_id, 3)


def test_again_gives_the_same_retry(api: Client, owner: User) -> None:
    job = completed(owner)
    first = report(api, job)["retry"]["id"]
    Job.objects.update(idempotency_key=None)
    assert report(api, job)["retry"]["id"] == first
    assert Job.objects.count() == 2


def test_a_retry_that_failed_for_a_reason_of_ours_may_be_had_again(
    api: Client, owner: User
) -> None:
    job = completed(owner)
    first = report(api, job)["retry"]["id"]
    Job.objects.filter(public_id=first).update(
        status="failed",
        error_code="INTERNAL_ERROR",
        completed_at=timezone.now(),
        idempotency_key=None,
    )
    assert report(api, job)["retry"]["id"] != first


def test_a_retry_is_not_tried_again(api: Client, owner: User) -> None:
    retry = Job.objects.get(public_id=report(api, completed(owner))["retry"]["id"])
    runner.run(retry.public_id)
    assert report(api, retry, 409)["code"] == "CONFLICT"


def test_the_model_of_the_lower_tier_is_left_out(api: Client, owner: User) -> None:
    job = completed(owner)
    Job.objects.filter(pk=job.pk).update(options={"model": "u2netp", "crop": True})
    retry = Job.objects.get(public_id=report(api, job)["retry"]["id"])
    assert retry.options == {"crop": True}


def test_the_highest_tier_is_only_reported(api: Client, owner: User) -> None:
    job = completed(owner, tier="industry")
    data = report(api, job)
    assert (data["retry"], Job.objects.count()) == (None, 1)
    assert ledger.balance(user_id=owner.pk).available == 75
    first = data["reportedAt"]
    assert report(api, job)["reportedAt"] == first


def test_an_image_of_a_batch_becomes_a_single(api: Client, owner: User) -> None:
    images(owner, 1)
    [first] = bulk.claim(batch_id=1, limit=1, now=NOW)
    runner.process(first)
    assert report(api, first, 409)["code"] == "CONFLICT"
    bulk.charge(batch_id=1, now=timezone.now())
    retry = report(api, first)["retry"]
    assert (retry["batchId"], retry["tier"]) == (None, "standard")


def test_an_image_inside_the_quota_counts_as_paid_for() -> None:
    user = customer(credits=0)
    subscription_for(user)
    job = completed(user)
    assert report(client_of(user), job)["retry"]["tier"] == "standard"


def test_what_was_not_paid_for_is_refused(api: Client, owner: User) -> None:
    assert "paid for" in report(api, completed(owner, free=True), 409)["message"]


def test_what_has_no_result_is_refused(api: Client, owner: User) -> None:
    report(api, queued(owner), 409)
    report(api, row(owner, status="failed"), 409)
    erased = completed(owner)
    erasure.erase_ended(job=erased, now=timezone.now())
    report(api, erased, 409)


def test_without_its_original_an_image_is_sent_again(api: Client, owner: User) -> None:
    job = completed(owner)
    erasure.drop_original(job)
    assert "no longer kept" in report(api, job, 409)["message"]


def test_an_account_has_so_many_a_day(api: Client, owner: User, settings: Settings) -> None:
    settings.FREE_RETRIES_PER_DAY = 1
    first, second = completed(owner), completed(owner)
    report(api, first)
    answer = api.post(url(second))
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 86_000 < int(answer.headers["Retry-After"]) <= 86_400
    second.refresh_from_db()
    assert second.reported_at is None
    Job.objects.exclude(retry_of="").update(created_at=timezone.now() - timedelta(days=1))
    report(api, second)


def test_stranger_and_staff_get_404(stranger: Client, staff: Client, owner: User) -> None:
    job = completed(owner)
    assert stranger.post(url(job)).status_code == 404
    assert staff.post(url(job)).status_code == 404


def test_anonymous_gets_401_and_a_reading_key_403(owner: User) -> None:
    job = completed(owner)
    assert Client().post(url(job)).status_code == 401
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert Client(headers={"x-api-key": key}).post(url(job)).status_code == 403
