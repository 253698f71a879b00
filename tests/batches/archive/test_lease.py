from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from batches.archive import lease
from batches.models import Batch
from tests.batches.archive.factories import bare

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def batch(owner: User, settings: Any) -> Batch:
    settings.LEASE_S = 120
    return bare(owner, total_images=2, status="zipping")


def test_one_of_two_gets_it(batch: Batch, now: datetime) -> None:
    assert lease.take(batch_id=batch.pk, now=now) is not None
    assert lease.take(batch_id=batch.pk, now=now) is None


def test_a_dead_holders_lease_goes_to_the_next_one(batch: Batch, now: datetime) -> None:
    first = lease.take(batch_id=batch.pk, now=now)
    second = lease.take(batch_id=batch.pk, now=now + 2 * MINUTE)
    assert first
    assert second
    assert (first.attempts, second.attempts) == (1, 2)
    assert not lease.renew(first, now=now)
    assert lease.renew(second, now=now)


def test_renewing_makes_it_last(batch: Batch, now: datetime) -> None:
    held = lease.take(batch_id=batch.pk, now=now)
    assert held
    assert lease.renew(held, now=now + MINUTE)
    assert lease.take(batch_id=batch.pk, now=now + 2 * MINUTE) is None


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_only_a_batch_whose_images_have_ended_has_one(owner: User, status: str) -> None:
    batch = bare(owner, total_images=2, status=status)
    assert lease.take(batch_id=batch.pk, now=timezone.now()) is None


def test_each_failure_waits_longer_for_the_next_attempt(batch: Batch, now: datetime) -> None:
    pauses = []
    for _ in range(9):
        held = lease.take(batch_id=batch.pk, now=now)
        assert held
        lease.give_back(held, now=now)
        batch.refresh_from_db()
        assert batch.lease_token is None
        assert batch.lease_expires_at
        pauses.append(int((batch.lease_expires_at - now).total_seconds()))
        now = batch.lease_expires_at
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]


def test_who_lost_it_cannot_give_it_back(batch: Batch, now: datetime) -> None:
    lost = lease.take(batch_id=batch.pk, now=now)
    held = lease.take(batch_id=batch.pk, now=now + 3 * MINUTE)
    assert lost
    assert held
    lease.give_back(lost, now=now + 3 * MINUTE)
    assert lease.renew(held, now=now + 3 * MINUTE)


def test_the_sweeper_rings_for_what_nobody_writes(batch: Batch, now: datetime) -> None:
    assert lease.due(now=now) == [batch.pk]
    assert lease.due(now=now + MINUTE / 2) == []
    assert lease.due(now=now + MINUTE) == [batch.pk]


def test_the_sweeper_rings_as_soon_as_a_pause_is_over(batch: Batch, now: datetime) -> None:
    held = lease.take(batch_id=batch.pk, now=now)
    assert held
    assert lease.due(now=now) == []
    lease.give_back(held, now=now)
    assert lease.due(now=now + timedelta(seconds=4)) == []
    assert lease.due(now=now + timedelta(seconds=5)) == [batch.pk]
    assert lease.due(now=now + timedelta(seconds=6)) == []


def test_the_sweeper_leaves_running_and_ended_batches_alone(owner: User, now: datetime) -> None:
    bare(owner, total_images=2, status="processing")
    assert lease.due(now=now + timedelta(hours=1)) == []
