import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from removal import claims
from tests.removal.factories import NOW, row


@pytest.mark.django_db
def test_claim_counts_the_attempt_and_sets_a_lease(owner: User, settings: Settings) -> None:
    settings.LEASE_S = 120
    row(owner, status="queued", created_at=NOW)
    [job] = claims.claim(limit=5, now=NOW)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.started_at) == ("processing", 1, NOW)
    assert job.lease_expires_at == NOW + timedelta(seconds=120)
    assert job.lease_token is not None


@pytest.mark.django_db
def test_oldest_first_and_no_more_than_asked(owner: User) -> None:
    jobs = [row(owner, status="queued", created_at=NOW + timedelta(seconds=n)) for n in (3, 1, 2)]
    claimed = claims.claim(limit=2, now=NOW + timedelta(seconds=9))
    assert [job.pk for job in claimed] == [jobs[1].pk, jobs[2].pk]


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["processing", "completed", "failed", "cancelled"])
def test_only_queued_rows(owner: User, status: str) -> None:
    row(owner, status=status)
    assert claims.claim(limit=1, now=NOW) == []


@pytest.mark.django_db
def test_not_once_the_attempts_are_used_up(owner: User, settings: Settings) -> None:
    row(owner, status="queued", attempts=settings.MAX_ATTEMPTS)
    assert claims.claim(limit=1, now=NOW) == []


@pytest.mark.django_db(transaction=True)
def test_each_row_goes_to_one_of_many_claimants(owner: User) -> None:
    for _ in range(20):
        row(owner, status="queued")
    claimed: list[int] = []

    def work() -> None:
        while jobs := claims.claim(limit=3, now=timezone.now()):
            claimed.extend(job.pk for job in jobs)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 20
