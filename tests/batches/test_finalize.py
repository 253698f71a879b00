"""The end of a batch's last image moves the batch on exactly once."""

import pytest
from django.utils import timezone

from accounts.models import User
from batches import finalize, services
from batches.models import Batch
from removal import services as jobs
from removal.models import Job
from removal.settlement import put_back
from tests.batches.factories import claimed, ended, started, statuses, succeed, waiting, worked

pytestmark = pytest.mark.django_db


def done(batch: Batch) -> bool:
    moved = finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
    batch.refresh_from_db()
    return moved


def test_nothing_happens_while_an_image_waits_or_is_under_way(owner: User) -> None:
    batch = started(owner)
    assert not done(batch)
    first, second, _ = claimed(batch, images=3)
    succeed(first)
    succeed(second)
    assert not done(batch)
    assert batch.status == "processing"


def test_the_last_image_moves_it_to_zipping_once(owner: User) -> None:
    batch = started(owner)
    for job in claimed(batch, images=3):
        succeed(job)
    assert [done(batch), done(batch)] == [True, False]
    assert batch.status == "zipping"


def test_without_any_result_it_ends(owner: User) -> None:
    batch = worked(started(owner), fail=3)
    assert (batch.status, batch.completed_at is not None) == ("failed", True)
    assert not done(batch)


def test_the_first_claim_makes_it_processing_once(owner: User) -> None:
    batch = started(owner)
    marked = [services.mark_started(batch_id=batch.pk, now=timezone.now()) for _ in range(2)]
    assert marked == [True, False]


def test_an_image_returned_after_a_cancellation_is_cancelled(owner: User) -> None:
    batch = started(owner)
    succeed(claimed(batch)[0])
    [taken] = claimed(batch)
    services.cancel(user_id=owner.pk, batch_id=batch.public_id, now=timezone.now())
    put_back(job=taken, now=timezone.now())
    assert done(batch)
    assert statuses(batch) == ["completed", "cancelled", "cancelled"]


@pytest.mark.django_db(transaction=True)
def test_cancelling_the_last_open_image_by_itself_moves_it(owner: User) -> None:
    batch = started(owner)
    for job in claimed(batch, images=2):
        succeed(job)
    [last] = waiting(batch)
    jobs.cancel(user_id=owner.pk, job_id=last.public_id, now=timezone.now())
    batch.refresh_from_db()
    assert batch.status == "zipping"


def test_a_batch_that_has_ended_stays_so(owner: User) -> None:
    batch = ended(owner)
    assert not done(batch)
    assert batch.status == "completed"
    assert Job.objects.filter(status="completed").count() == 3
