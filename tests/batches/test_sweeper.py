"""With the broker emptied and the workers dead, the rows alone bring every batch to its end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from batches import finalize, services, worker
from batches.models import Batch
from batches.scheduling import sweeper
from removal import bulk
from removal import services as single
from removal.models import Job
from tests.batches.working import started

pytestmark = pytest.mark.django_db


def sweep(minutes: int = 0) -> sweeper.Swept:
    return sweeper.sweep(now=timezone.now() + timedelta(minutes=minutes))


def completed(now: datetime) -> dict[str, Any]:
    """The columns of an image that was finished, without its file."""
    ended = {"status": "completed", "completed_at": now}
    return {**ended, "lease_token": None, "lease_expires_at": None}


def test_emptied_broker_is_filled_again(owner: User, broker: Redis) -> None:
    started(owner)
    broker.flushdb()
    sweep()
    assert broker.llen("batch") == 1


def test_images_of_dead_workers_wait_again(owner: User) -> None:
    batch = started(owner)
    worker.take(now=timezone.now())
    sweep()
    assert bulk.leased(batch_id=batch.pk) == 3
    sweep(minutes=10)
    assert bulk.counts(batch_ids=[batch.pk])[batch.pk] == bulk.Counts(queued=3)


def test_batch_moves_on_when_its_last_worker_died_too_early(owner: User) -> None:
    batch = started(owner)
    now = timezone.now()
    worker.take(now=now)
    Job.objects.filter(position=0).update(**completed(now))
    bulk.cancel_open(batch_id=batch.pk, now=now)
    assert sweep().moved == 1
    batch.refresh_from_db()
    assert batch.status == "zipping"


def test_batch_whose_images_all_killed_their_workers_fails(owner: User, settings: Settings) -> None:
    batch = started(owner)
    for job in worker.take(now=timezone.now()):
        Job.objects.filter(pk=job.pk).update(attempts=settings.BATCH_MAX_ATTEMPTS)
    sweep(minutes=10)
    batch.refresh_from_db()
    assert (batch.status, batch.failed_images, batch.credits_used) == ("failed", 3, 0)


def test_batch_that_cannot_be_moved_on_does_not_stop_the_others(
    owner: User, broker: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = started(owner), started(owner)
    now = timezone.now()
    worker.take(now=now), worker.take(now=now)
    Job.objects.update(**completed(now))
    waiting = started(owner)
    move = finalize.finish_if_done

    def fail(*, batch_id: int, now: datetime) -> bool:
        if batch_id == stuck.pk:
            raise RuntimeError("its rows make no sense")
        return move(batch_id=batch_id, now=now)

    monkeypatch.setattr(finalize, "finish_if_done", fail)
    broker.flushdb()
    assert sweep().moved == 1
    other.refresh_from_db()
    assert other.status == "zipping"
    assert bulk.counts(batch_ids=[waiting.pk])[waiting.pk].queued == 3
    assert broker.llen("batch") == 1


def test_image_given_back_after_a_cancellation_does_not_wait_for_ever(owner: User) -> None:
    batch = started(owner)
    bulk.claim(batch_id=batch.pk, limit=1, now=timezone.now())
    services.cancel(user_id=owner.pk, batch_id=batch.public_id, now=timezone.now())
    sweep(minutes=10)
    batch.refresh_from_db()
    assert (batch.status, batch.cancelled_images) == ("cancelled", 3)


def test_erased_images_do_not_keep_their_batch_open(owner: User) -> None:
    batch = started(owner, 2)
    for job in Job.objects.all():
        single.erase(user_id=owner.pk, job_id=job.public_id, now=timezone.now())
    sweep()
    batch.refresh_from_db()
    assert batch.completed_at is not None


def test_archive_and_notice_are_dispatched_again(owner: User, broker: Redis) -> None:
    now = timezone.now()
    started(owner, 2)
    worker.take(now=now)
    Job.objects.update(**completed(now))
    ended = started(owner, 2)
    services.cancel(user_id=owner.pk, batch_id=ended.public_id, now=now)
    sweep()
    broker.flushdb()
    swept = sweep(minutes=10)
    assert (swept.archives, swept.notices) == (1, 1)
    assert broker.llen("delivery") == 2


def test_sweeping_twice_changes_nothing_more(owner: User) -> None:
    started(owner)
    sweep()
    before = list(Batch.objects.values()), list(Job.objects.values())
    assert sweep() == sweeper.Swept(0, 0, 0)
    assert (list(Batch.objects.values()), list(Job.objects.values())) == before
