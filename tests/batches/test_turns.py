"""Whose turn it is: the rules, and that the quick choice is the same as the slow one."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from batches import finalize, services, worker
from batches.models import Batch
from batches.scheduling import sweeper, turns
from removal import bulk, settlement
from removal.models import Job
from tests.batches import turn_reference
from tests.batches.archive.factories import bare
from tests.batches.working import started
from tests.removal.factories import NOW, customer, row

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def order() -> list[int]:
    return list(turns.in_order())


def waiting(user: User, images: int, *, at: datetime = NOW) -> Batch:
    """An open batch whose images wait, without their files."""
    batch = bare(user, total_images=images, status="processing", created_at=at)
    for position in range(images):
        row(user, status="queued", batch_id=batch.pk, position=position, created_at=at)
    Batch.objects.filter(pk=batch.pk).update(
        waiting_images=images, turn_at=turns.turn_at(served_at=at, waiting=images)
    )
    return batch


def test_fewest_images_with_workers_come_first(settings: Any) -> None:
    settings.BATCH_CHUNK_IMAGES = 1
    first, second = waiting(customer(), 5), waiting(customer(), 5)
    worker.take(now=NOW)
    assert order() == [second.pk, first.pk]


def test_many_batches_of_one_customer_count_together(owner: User, settings: Any) -> None:
    settings.BATCH_CHUNK_IMAGES = 1
    small, other = waiting(owner, 2), waiting(owner, 3)
    theirs = waiting(customer(), 30)
    worker.take(now=NOW)
    assert order() == [theirs.pk, other.pk, small.pk]


def test_small_batch_goes_before_a_large_one() -> None:
    large, small = waiting(customer(), 12), waiting(customer(), 5)
    assert order() == [small.pk, large.pk]


def test_large_batch_does_not_wait_for_ever() -> None:
    small = waiting(customer(), 5)
    large = waiting(customer(), 12, at=NOW - 60 * SECOND)
    assert order() == [large.pk, small.pk]


def test_a_full_batch_is_passed_over(owner: User, settings: Any) -> None:
    settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 2, 1
    waiting(owner, 9)
    assert len(worker.take(now=NOW)) == 2
    assert worker.take(now=NOW) == ()


def test_a_batch_whose_images_are_all_with_workers_has_no_turn(owner: User) -> None:
    waiting(owner, 3)
    worker.take(now=NOW)
    assert order() == []


def test_a_started_batch_has_a_turn_and_a_cancelled_one_has_none(owner: User) -> None:
    batch = started(owner, 3)
    assert order() == [batch.pk]
    services.cancel(user_id=owner.pk, batch_id=batch.public_id, now=NOW)
    assert order() == []


def test_an_image_that_is_given_back_brings_the_turn_back(owner: User) -> None:
    batch = waiting(owner, 1)
    [job] = worker.take(now=NOW)
    bulk.begin(job=job, now=NOW)
    settlement.put_back(job=job, now=NOW)
    finalize.finish_if_done(batch_id=batch.pk, now=NOW)
    assert order() == [batch.pk]
    assert worker.take(now=NOW) != ()


def test_images_of_a_dead_worker_bring_the_turn_back(owner: User) -> None:
    batch = waiting(owner, 2)
    worker.take(now=NOW)
    sweeper.sweep(now=NOW + timedelta(hours=1))
    assert order() == [batch.pk]
    batch.refresh_from_db()
    assert batch.waiting_images == 2


def test_a_count_that_is_too_high_is_corrected_by_the_next_claim(owner: User) -> None:
    wrong, right = waiting(owner, 1), waiting(owner, 2)
    Job.objects.filter(batch_id=wrong.pk).update(status="cancelled", completed_at=NOW)
    assert {job.batch_id for job in worker.take(now=NOW)} == {right.pk}
    assert order() == []


def test_batches_of_the_previous_release_are_counted_by_the_sweep(owner: User) -> None:
    batch = waiting(owner, 2)
    Batch.objects.update(waiting_images=0)
    sweeper.sweep(now=NOW)
    assert order() == [batch.pk]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_another_worker_claims_from_is_passed_over(owner: User) -> None:
    taken, other = waiting(owner, 2), waiting(customer(), 8)
    with _locked(taken):
        assert {job.batch_id for job in worker.take(now=NOW)} == {other.pk}


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_another_worker_claims_from_is_waited_for_if_it_is_the_only_one(
    owner: User,
) -> None:
    waiting(owner, 2)
    taken: list[int] = []

    def take() -> None:
        taken.extend(job.position or 0 for job in worker.take(now=NOW))
        connection.close()

    thread = threading.Thread(target=take)
    with _locked(Batch.objects.get()):
        thread.start()
        while thread.is_alive() and not _somebody_waits():
            pass
        assert taken == []
    thread.join()
    assert taken == [0, 1]


@pytest.mark.parametrize("seed", range(6))
def test_the_quick_choice_is_the_slow_one(seed: int, settings: Any) -> None:
    """Any order of claims, endings and new batches, of customers with one batch and with many."""
    settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 2, 2
    chance = random.Random(seed)
    users = [customer(10_000) for _ in range(4)]
    now = timezone.now()
    steps: list[Callable[[datetime], object]] = [
        lambda moment: waiting(chance.choice(users), chance.randint(1, 7), at=moment),
        lambda moment: _end_some(chance, moment),
        _claim_by_the_rules,
    ]
    for _ in range(60):
        now += chance.choice([0, 0.3, 1, 4, 30]) * SECOND
        chance.choices(steps, weights=[2, 3, 5])[0](now)


def _claim_by_the_rules(now: datetime) -> None:
    expected = turn_reference.in_order(now=now)[:1]
    assert list({job.batch_id for job in worker.take(now=now)}) == expected


def _end_some(chance: random.Random, now: datetime) -> None:
    for job in Job.objects.filter(status="processing"):
        if chance.random() < 0.5:
            Job.objects.filter(pk=job.pk).update(
                status="completed", completed_at=now, lease_token=None, lease_expires_at=None
            )


def _somebody_waits() -> bool:
    """Whether a connection to this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def _locked(batch: Batch) -> Iterator[None]:
    """The batch's row is locked by another connection inside the block."""
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Batch.objects.select_for_update().get(pk=batch.pk)
            held.set()
            free.wait()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        yield
    finally:
        free.set()
        thread.join()
