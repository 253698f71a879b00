"""Whatever breaks between the request and the result, a job ends once and is charged once."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from billing import ledger
from common.workqueue import LeaseLost
from removal import claims, settlement, sweeper
from removal.models import Job
from removal.queue import RUN_JOB
from tests.faults.conftest import StartWorker, has_status, kill, until
from tests.removal.conftest import Files
from tests.removal.factories import all_files, photo, queued, uploaded

pytestmark = pytest.mark.django_db(transaction=True)

CHARGED_ONCE = ledger.Balance(available=97, held=0)


def large() -> bytes:
    """Keeps a worker busy long enough to be killed at it."""
    return photo((5000, 4000))


def test_a_real_worker_answers_the_request(api: Client, owner: User, workers: StartWorker) -> None:
    workers()
    body = {"image": uploaded(), "tier": "basic"}
    answer = api.post("/v1/background-remover/remove", body)
    assert answer.status_code == 200
    assert ledger.balance(user_id=owner.pk) == CHARGED_ONCE


def test_job_of_a_killed_worker_is_finished_by_another(
    owner: User, workers: StartWorker, stored: Files
) -> None:
    first = workers()
    job = queued(owner, data=large())
    until(has_status(job, "processing"))
    kill(first)
    assert has_status(job, "processing")()
    workers()
    sweeper.sweep(now=timezone.now() + timedelta(hours=1))
    until(has_status(job, "completed"))
    job.refresh_from_db()
    assert job.attempts == 2
    # The previews are stored after the job has been settled.
    until(lambda: list(stored) == all_files(job))
    assert ledger.balance(user_id=owner.pk) == CHARGED_ONCE


def test_expired_lease_is_taken_back_by_the_clock_alone(
    owner: User, workers: StartWorker, settings: Settings, tmp_path: Path
) -> None:
    settings.LEASE_S = 1
    job = queued(owner)
    [dead] = claims.claim(limit=1, now=timezone.now())
    Redis.from_url(settings.REDIS_URL).flushall()
    workers("--beat", "--schedule", str(tmp_path / "beat"), SWEEP_INTERVAL_S="1")
    until(has_status(job, "completed"))
    job.refresh_from_db()
    assert (job.attempts, job.lease_token) == (2, None)
    with pytest.raises(LeaseLost):
        settlement.put_back(job=dead, now=timezone.now())
    assert ledger.balance(user_id=owner.pk) == CHARGED_ONCE


def test_empty_broker_is_filled_again_from_the_rows(
    owner: User, workers: StartWorker, settings: Settings
) -> None:
    jobs = [queued(owner) for _ in range(3)]
    Redis.from_url(settings.REDIS_URL).flushall()
    workers()
    sweeper.sweep(now=timezone.now() + timedelta(minutes=5))
    until(lambda: Job.objects.filter(status="completed").count() == len(jobs))
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=91, held=0)


def test_ringing_many_times_runs_a_job_once(owner: User, workers: StartWorker) -> None:
    job = queued(owner)
    for _ in range(5):
        RUN_JOB.send(job_id=job.public_id)
    last = queued(owner)
    workers()
    until(has_status(last, "completed"))
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("completed", 1)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=94, held=0)
