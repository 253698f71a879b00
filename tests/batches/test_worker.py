"""Whose images a worker takes, how many, and what happens when the last one has ended."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from batches import worker
from batches.archive import build
from batches.models import Batch
from removal import bulk
from removal.models import Job
from tests.batches.working import started, worked
from tests.removal.factories import NOW, blank, customer, photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chunks_of_two(settings: Settings) -> None:
    settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 2, 2


def taken() -> list[tuple[int | None, int | None]]:
    return [(job.batch_id, job.position) for job in worker.take(now=timezone.now())]


class TestTaking:
    def test_a_chunk_at_a_time(self, owner: User) -> None:
        batch = started(owner, 5)
        assert taken() == [(batch.pk, 0), (batch.pk, 1)]

    def test_first_chunk_starts_the_batch(self, owner: User) -> None:
        batch = started(owner)
        worker.take(now=NOW)
        batch.refresh_from_db()
        assert (batch.status, batch.started_at) == ("processing", NOW)

    def test_never_more_than_so_many_chunks_of_one_batch(self, owner: User) -> None:
        started(owner, 9)
        assert [len(taken()) for _ in range(3)] == [2, 2, 0]

    def test_batches_take_turns(self, owner: User) -> None:
        large, small = started(owner, 20), started(customer(), 2)
        order = [batch for _ in range(3) for batch in {pk for pk, _ in taken()}]
        assert order == [small.pk, large.pk, large.pk]

    def test_customer_with_many_batches_gets_no_more_than_one_with_one(self, owner: User) -> None:
        started(owner, 4), started(owner, 4), started(owner, 4)
        other = started(customer(), 4)
        order = [batch == other.pk for _ in range(4) for batch in {pk for pk, _ in taken()}]
        assert sorted(order) == [False, False, True, True]

    def test_cancelled_batch_gives_nothing(self, owner: User) -> None:
        batch = started(owner)
        Batch.objects.filter(pk=batch.pk).update(status="zipping")
        assert taken() == []

    def test_without_batches_there_is_nothing_to_take(self) -> None:
        assert taken() == []


@pytest.mark.django_db(transaction=True)
class TestWorking:
    def test_batch_is_done_and_goes_to_its_archive(self, owner: User, broker: Redis) -> None:
        batch = worked(started(owner, 5))
        assert batch.status == "zipping"
        assert bulk.counts(batch_ids=[batch.pk])[batch.pk] == bulk.Counts(completed=5)
        assert broker.llen("delivery") == 1

    def test_several_batches_in_one_go(self, owner: User) -> None:
        first, second = started(owner, 3), started(customer(), 2)
        worker.run()
        assert set(Batch.objects.values_list("status", flat=True)) == {"zipping"}
        assert bulk.counts(batch_ids=[first.pk, second.pk])[second.pk].completed == 2

    def test_worker_stops_after_its_slice_and_dispatches_the_next(
        self, owner: User, settings: Settings, broker: Redis
    ) -> None:
        settings.BATCH_SLICE_S = 1
        batch = started(owner, 5)
        broker.flushdb()
        seconds = iter((0, 0, 0.9))
        assert worker.run(stopwatch=lambda: next(seconds, 1)) == 4
        assert bulk.counts(batch_ids=[batch.pk])[batch.pk].queued == 1
        assert broker.exists("batch")

    def test_slice_that_is_over_takes_nothing(self, owner: User, settings: Settings) -> None:
        settings.BATCH_SLICE_S = 0
        started(owner, 3)
        assert worker.run() == 0

    def test_idle_worker_dispatches_nothing(self, owner: User, settings: Settings) -> None:
        batch = started(owner)
        Job.objects.filter(batch_id=batch.pk).update(attempts=settings.BATCH_MAX_ATTEMPTS)
        valkey = Redis.from_url(settings.REDIS_URL)
        valkey.flushdb()
        assert worker.run() == 0
        assert valkey.exists("batch") == 0

    def test_nothing_is_charged_before_the_archive(self, owner: User) -> None:
        batch = worked(started(owner))
        assert batch.credits_used == 0
        assert set(Job.objects.values_list("credits_used", flat=True)) == {0}


def test_turn_is_noted(owner: User) -> None:
    batch = started(owner, 3, now=NOW)
    worker.take(now=NOW + timedelta(seconds=7))
    batch.refresh_from_db()
    assert batch.last_served_at == NOW + timedelta(seconds=7)


@pytest.mark.django_db(transaction=True)
def test_picture_without_a_subject_fails_alone_and_cannot_be_tried_again(owner: User) -> None:
    batch = worked(started(owner, photos=[photo(), blank(), photo()]))
    failed = Job.objects.get(batch_id=batch.pk, status="failed")
    assert (failed.position, failed.attempts, failed.error_code) == (1, 1, "NO_SUBJECT_FOUND")
    assert batch.status == "zipping"
    build.build(batch_id=batch.pk)
    assert bulk.retryable(batch_id=batch.pk) == []
