"""Archives that are written anew: the contract of work queues, and their sweeper."""

from typing import Any, ClassVar

import pytest
from django.utils import timezone

from accounts.models import User
from batches import erasure
from batches.archive import rebuild
from batches.models import Rebuild
from batches.scheduling import sweeper
from common import storage
from common.workqueue import WorkQueue
from removal.models import Job
from tests.batches.factories import ended
from tests.common.workqueue.contract import QueueContract


class TestRebuilds(QueueContract):
    queue: ClassVar[WorkQueue[Any]] = rebuild.QUEUE
    ending: ClassVar[dict[str, Any]] = {"ended_at": timezone.now()}

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner = owner

    def add(self) -> Rebuild:
        batch = ended(self.owner, images=2)
        rebuild.request(batch=batch, now=timezone.now())
        return Rebuild.objects.get(batch=batch)


@pytest.mark.django_db
def test_the_sweeper_dispatches_one_whose_message_got_lost(owner: User, broker: Any) -> None:
    batch = ended(owner)
    erasure.forget_image(batch_id=batch.pk, now=timezone.now() - rebuild.QUEUE.lease() * 10)
    broker.flushdb()
    assert sweeper.sweep(now=timezone.now()).archives == 1
    assert b"batches.tasks.rebuild_zip" in b"".join(broker.lrange("delivery", 0, -1))


@pytest.mark.django_db
def test_results_that_went_by_age_meanwhile_leave_nothing_to_write(owner: User) -> None:
    batch = ended(owner)
    rebuild.request(batch=batch, now=timezone.now())
    for job in Job.objects.filter(batch_id=batch.pk):
        storage.delete(job.result_key)
    Job.objects.filter(batch_id=batch.pk).update(result_key="")
    assert rebuild.run(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.expired_at is not None
    assert not rebuild.is_pending(batch)
