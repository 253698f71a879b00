"""Workers, cancellations, erasures and sweeps of one account at the same time."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common.http.errors import Conflict, RateLimited
from removal import bad_results, runner, services, sweeper
from removal.models import Job
from tests.removal.conftest import Files
from tests.removal.factories import all_files, completed, queued

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], object]) -> None:
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Conflict:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_every_job_ends_once_and_the_money_adds_up(owner: User, stored: Files) -> None:
    def works_on(job: Job) -> list[Callable[[], object]]:
        job_id, user_id = job.public_id, owner.pk
        return [
            lambda: runner.run(job_id),
            lambda: runner.run(job_id),
            lambda: services.cancel(user_id=user_id, job_id=job_id, now=timezone.now()),
            lambda: services.erase(user_id=user_id, job_id=job_id, now=timezone.now()),
            lambda: sweeper.sweep(now=timezone.now() + timedelta(hours=1)),
        ]

    together(*(work for _ in range(4) for work in works_on(queued(owner))))
    assert set(Job.objects.values_list("status", flat=True)) <= {"completed", "cancelled"}
    charged = sum(Job.objects.values_list("credits_used", flat=True))
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100 - charged, held=0)
    assert list(stored) == []


def test_two_workers_on_one_job_charge_once(owner: User, stored: Files) -> None:
    job = queued(owner)
    together(*[lambda: runner.run(job.public_id)] * 6)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("completed", 1)
    assert list(stored) == all_files(job)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_free_retries_of_different_images_stay_within_the_limit(
    owner: User, stored: Files, settings: Settings
) -> None:
    settings.FREE_RETRIES_PER_DAY = 2
    jobs = [completed(owner) for _ in range(6)]
    refused: list[RateLimited] = []

    def report(job: Job) -> None:
        try:
            bad_results.report(
                user=owner, job_id=job.public_id, request_id="req_x", now=timezone.now()
            )
        except RateLimited as error:
            refused.append(error)

    together(*(partial(report, job) for job in jobs))
    assert Job.objects.exclude(retry_of="").count() == 2
    assert len(refused) == 4
