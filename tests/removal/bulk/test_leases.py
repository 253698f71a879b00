import threading
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from removal import bulk, settlement
from removal.bulk import leases
from removal.models import Job
from tests.removal.bulk.factories import images, states
from tests.removal.factories import NOW

pytestmark = pytest.mark.django_db


def claim(limit: int = 10, batch_id: int = 1) -> list[Job]:
    return list(bulk.claim(batch_id=batch_id, limit=limit, now=NOW))


def claim_at(now: datetime, limit: int) -> list[Job]:
    return list(bulk.claim(batch_id=1, limit=limit, now=now))


def positions(jobs: list[Job]) -> list[int | None]:
    return [job.position for job in jobs]


def test_claim_takes_a_chunk_in_order(owner: User, settings: Settings) -> None:
    settings.BATCH_LEASE_S = 30
    images(owner, 5)
    jobs = claim(3)
    assert positions(jobs) == [0, 1, 2]
    assert states() == ["processing"] * 3 + ["queued"] * 2
    assert {job.lease_expires_at for job in jobs} == {NOW + timedelta(seconds=30)}
    assert len({job.lease_token for job in jobs}) == 3


def test_claim_leaves_other_batches_alone(owner: User) -> None:
    images(owner, 1, batch_id=1)
    images(owner, 1, batch_id=2)
    assert [job.batch_id for job in claim(batch_id=2)] == [2]
    assert states(1) == ["queued"]


def test_attempt_counts_when_the_image_is_begun(owner: User) -> None:
    images(owner, 2)
    first, second = claim()
    assert bulk.begin(job=first, now=NOW)
    assert list(bulk.items(batch_id=1).values_list("attempts", flat=True)) == [1, 0]
    assert (first.attempts, second.attempts) == (1, 0)


def test_image_whose_lease_is_gone_is_not_begun(owner: User) -> None:
    images(owner, 1)
    [job] = claim()
    Job.objects.update(lease_token=uuid4())
    assert bulk.begin(job=job, now=NOW) is False
    assert (job.attempts, Job.objects.get().attempts) == (0, 0)


def test_image_that_was_begun_before_comes_last_and_alone(owner: User) -> None:
    images(owner, 4)
    Job.objects.filter(position__lt=2).update(attempts=1)
    assert [positions(claim()) for _ in range(4)] == [[2, 3], [0], [1], []]


def test_image_without_attempts_left_is_not_claimed(owner: User, settings: Settings) -> None:
    images(owner, 1)
    Job.objects.update(attempts=settings.BATCH_MAX_ATTEMPTS)
    assert claim() == []


def test_image_is_left_alone_until_its_pause_is_over(owner: User) -> None:
    images(owner, 1)
    [job] = claim()
    settlement.put_back(job=job, now=NOW, pause=timedelta(seconds=8))
    assert claim() == []
    assert len(bulk.claim(batch_id=1, limit=1, now=NOW + timedelta(seconds=8))) == 1


def test_renewing_extends_only_the_leases_named(owner: User) -> None:
    images(owner, 2)
    ours, theirs = claim()
    later = NOW + timedelta(minutes=5)
    assert ours.lease_token
    bulk.renew(tokens=[ours.lease_token], now=later)
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert ours.lease_expires_at == later + leases.lease()
    assert theirs.lease_expires_at == NOW + leases.lease()


def test_lost_lease_stays_lost(owner: User) -> None:
    images(owner, 1)
    [job] = claim()
    assert job.lease_token
    bulk.recover(now=NOW + timedelta(hours=1))
    bulk.renew(tokens=[job.lease_token], now=NOW)
    assert states() == ["queued"]


def test_an_image_that_a_dead_worker_had_not_begun_loses_no_attempt(owner: User) -> None:
    images(owner, 3)
    begun, *_ = claim()
    bulk.begin(job=begun, now=NOW)
    bulk.recover(now=NOW + timedelta(hours=1))
    assert list(bulk.items(batch_id=1).values_list("status", "attempts")) == [
        ("queued", 1),
        ("queued", 0),
        ("queued", 0),
    ]


def test_image_that_took_every_worker_with_it_is_given_up(owner: User, settings: Settings) -> None:
    images(owner, 1)
    for hour in range(settings.BATCH_MAX_ATTEMPTS):
        now = NOW + timedelta(hours=hour)
        [job] = bulk.claim(batch_id=1, limit=1, now=now)
        bulk.begin(job=job, now=now)
        bulk.recover(now=now + timedelta(hours=1))
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "INTERNAL_ERROR")
    assert job.attempts == settings.BATCH_MAX_ATTEMPTS


def test_workers_that_die_again_and_again_wear_no_image_out(owner: User) -> None:
    """Ten deaths spread over fifty images, each with up to three begun."""
    images(owner, 50)
    ended, deaths, now = 0, 0, NOW
    while ended < 50:
        now += timedelta(hours=1)
        bulk.recover(now=now)
        begun = claim_at(now, limit=3)
        assert begun, "an image was given up"
        for job in begun:
            bulk.begin(job=job, now=now)
        if deaths < 10 and ended >= 49 * deaths // 9:
            deaths += 1
            continue
        ended += Job.objects.filter(pk__in=[job.pk for job in begun]).update(
            status="completed", completed_at=now, lease_token=None, lease_expires_at=None
        )
    assert deaths == 10


@pytest.mark.django_db(transaction=True)
def test_locked_images_are_skipped(owner: User) -> None:
    images(owner, 2)
    locked, go = threading.Event(), threading.Event()

    def other() -> None:
        with transaction.atomic():
            Job.objects.select_for_update().get(position=0)
            locked.set()
            go.wait()
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    locked.wait()
    try:
        assert positions(claim()) == [1]
    finally:
        go.set()
        thread.join()
