import pytest
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from batches import services, worker
from batches.models import Batch
from batches.scheduling import dispatch
from tests.batches.working import started
from tests.removal.factories import NOW


@pytest.mark.django_db
def test_chunks_to_start(owner: User, settings: Settings) -> None:
    settings.BATCH_CHUNK_IMAGES, settings.BATCH_CHUNKS_IN_FLIGHT = 2, 2
    started(owner, 9), started(owner, 2)
    assert dispatch.chunks_to_start() == 2 + 1
    worker.take(now=NOW), worker.take(now=NOW), worker.take(now=NOW)
    assert dispatch.chunks_to_start() == 0


@pytest.mark.django_db
def test_a_batch_that_is_cancelled_starts_no_more(owner: User) -> None:
    batch = started(owner, 9)
    services.cancel(user_id=owner.pk, batch_id=batch.public_id, now=NOW)
    assert dispatch.chunks_to_start() == 0


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
