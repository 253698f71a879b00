"""POST /background-remover/jobs/{id}/cancel."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from removal import claims, runner
from removal.models import Job
from tests.removal.factories import completed, queued

pytestmark = pytest.mark.django_db


def url(job: Job) -> str:
    return f"/v1/background-remover/jobs/{job.public_id}/cancel"


def test_queued_job_is_cancelled_and_costs_nothing(api: Client, owner: User) -> None:
    job = queued(owner)
    answer = api.post(url(job))
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "cancelled")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_cancelled_job_is_never_run(api: Client, owner: User) -> None:
    job = queued(owner)
    api.post(url(job))
    assert runner.run(job.public_id) is False


def test_cancelling_twice_is_harmless(api: Client, owner: User) -> None:
    job = queued(owner)
    api.post(url(job))
    assert api.post(url(job)).status_code == 200
    assert ledger.balance(user_id=owner.pk).available == 100


def test_completed_job_cannot_be_cancelled(api: Client, owner: User) -> None:
    answer = api.post(url(completed(owner)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert ledger.balance(user_id=owner.pk).available == 97


def test_processing_job_cannot_be_cancelled(api: Client, owner: User) -> None:
    job = queued(owner)
    claims.claim(limit=1, now=timezone.now())
    assert api.post(url(job)).status_code == 409


def test_stranger_and_staff_get_404(stranger: Client, staff: Client, owner: User) -> None:
    job = queued(owner)
    assert stranger.post(url(job)).status_code == 404
    assert staff.post(url(job)).status_code == 404
    job.refresh_from_db()
    assert job.status == "queued"


def test_anonymous_gets_401(owner: User) -> None:
    assert Client().post(url(queued(owner))).status_code == 401
