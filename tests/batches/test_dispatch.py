from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from batches.models import Batch
from batches.scheduling import dispatch
from batches.scheduling.dispatch import Candidate
from removal import bulk
from tests.batches.working import started
from tests.removal.factories import NOW, customer


def candidate(
    batch_id: int, *, left: int = 10, leased: int = 0, by_user: int | None = None, idle_s: int = 0
) -> Candidate:
    served_at = NOW - timedelta(seconds=idle_s)
    return Candidate(batch_id, left, leased, leased if by_user is None else by_user, served_at)


def order(*candidates: Candidate) -> list[int]:
    return [each.batch_id for each in dispatch.ranked(candidates, now=NOW)]


def test_fewest_images_with_workers_come_first() -> None:
    assert order(candidate(1, leased=8), candidate(2, leased=0), candidate(3, leased=4)) == [
        2,
        3,
        1,
    ]


def test_many_batches_of_one_customer_count_together() -> None:
    assert order(candidate(1, leased=0, by_user=12), candidate(2, leased=4)) == [2, 1]


def test_small_batch_goes_before_a_large_one() -> None:
    assert order(candidate(1, left=500), candidate(2, left=5)) == [2, 1]


def test_large_batch_does_not_wait_for_ever() -> None:
    assert order(candidate(1, left=5), candidate(2, left=500, idle_s=600)) == [2, 1]


def test_room_ends_at_the_limit_of_chunks_in_flight() -> None:
    batch = candidate(1, left=100, leased=6)
    assert batch.room(chunk=4, chunks=2) == 2
    assert batch.room(chunk=4, chunks=1) == 0
    assert candidate(1, left=3).room(chunk=4, chunks=2) == 3


def test_chunks_to_start(settings: Settings) -> None:
    settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 4, 2
    waiting = [candidate(1, left=100), candidate(2, left=5), candidate(3, left=9, leased=8)]
    assert dispatch.chunks_to_start(waiting) == 2 + 2 + 0


@pytest.mark.django_db
class TestCandidates:
    def test_open_batches_with_waiting_images(self, owner: User) -> None:
        first, second, third = (started(owner, count) for count in (2, 3, 2))
        bulk.claim(batch_id=first.pk, limit=1, now=timezone.now())
        bulk.cancel_waiting(batch_id=third.pk, now=NOW)
        found = {each.batch_id: each for each in dispatch.candidates()}
        assert set(found) == {first.pk, second.pk}
        assert (found[first.pk].left, found[first.pk].leased) == (1, 1)
        assert found[second.pk].leased_by_user == 1

    def test_customers_are_counted_apart(self, owner: User) -> None:
        mine, theirs = started(owner), started(customer())
        bulk.claim(batch_id=mine.pk, limit=2, now=timezone.now())
        found = {each.batch_id: each.leased_by_user for each in dispatch.candidates()}
        assert found == {mine.pk: 2, theirs.pk: 0}

    def test_ended_batches_cost_nothing_to_leave_out(
        self, owner: User, django_assert_num_queries: object
    ) -> None:
        with django_assert_num_queries(1):  # type: ignore[operator]
            assert dispatch.candidates() == []


@pytest.mark.django_db
class TestDispatching:
    def test_one_message_for_every_chunk_that_may_start(
        self, owner: User, settings: Settings, broker: Redis
    ) -> None:
        settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 2, 8
        started(owner, 7)
        dispatch.dispatch_work()
        assert broker.llen("batch") == 4

    def test_messages_do_not_pile_up(self, owner: User, settings: Settings, broker: Redis) -> None:
        settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 1, 3
        started(owner, 9)
        for _ in range(5):
            dispatch.dispatch_work()
        assert broker.llen("batch") == 3
        broker.lpop("batch")
        dispatch.dispatch_work()
        assert broker.llen("batch") == 3

    def test_no_more_messages_than_the_broker_should_hold(
        self, owner: User, settings: Settings, broker: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.BATCH_CHUNK_IMAGES = 1
        monkeypatch.setattr(dispatch, "MOST_MESSAGES", 2)
        started(owner, 9)
        dispatch.dispatch_work()
        assert broker.llen("batch") == 2

    def test_nothing_waits_and_nothing_is_sent(self, broker: Redis) -> None:
        dispatch.dispatch_work()
        assert broker.exists("batch") == 0

    def test_archive_and_notice_have_a_queue_of_their_own(self, broker: Redis) -> None:
        dispatch.ZIP_BATCH.send(batch_id=1)
        dispatch.NOTIFY_BATCH.send(batch_id=1)
        assert broker.llen("delivery") == 2

    def test_start_dispatches_once_it_is_committed(
        self, owner: User, broker: Redis, django_capture_on_commit_callbacks: object
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            started(owner, 3)
            assert broker.exists("batch") == 0
        assert broker.llen("batch") == 1
        assert Batch.objects.get().status == "pending"
