"""The end of a batch: state, counts, archive and money at once, once."""

from uuid import uuid4

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from batches import settlement
from batches.archive.queue import QUEUE
from batches.models import Batch
from batches.settlement import Archive
from billing import ledger
from common.workqueue import LeaseLost
from removal.models import Job
from tests.batches.factories import claimed, ended, started, statuses, succeed, worked
from tests.removal.factories import customer

pytestmark = pytest.mark.django_db

ARCHIVE = Archive(key="batches/batch_1-x.zip", size=10)


def close(batch: Batch, archive: Archive | None = ARCHIVE) -> Batch:
    """As the writer of the archive does."""
    [held] = QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk))
    return settlement.close(
        batch_id=batch.pk, token=held.lease_token, archive=archive, now=timezone.now()
    )


def test_finished_images_are_charged_and_the_rest_is_given_back(owner: User) -> None:
    batch = ended(owner, images=3, broken=1, fail=1)
    assert (batch.status, batch.credits_used) == ("completed", 6)
    assert (batch.completed_images, batch.failed_images, batch.cancelled_images) == (2, 2, 0)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=94, held=0)


def test_each_image_bears_its_own_share() -> None:
    user = customer(1000)
    batch = ended(user, images=51, fail=3, tier="standard")
    charged = dict(Job.objects.filter(credits_used__gt=0).values_list("public_id", "credits_used"))
    shares = dict(Job.objects.filter(status="completed").values_list("public_id", "price"))
    assert charged == shares
    assert len(charged) == 48
    assert batch.credits_used == sum(charged.values())
    assert ledger.balance(user_id=user.pk).available == 1000 - batch.credits_used


def test_nothing_is_charged_before_the_end(owner: User) -> None:
    batch = worked(started(owner))
    assert batch.status == "zipping"
    assert set(Job.objects.values_list("credits_used", flat=True)) == {0}
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=91, held=9)


def test_an_archive_that_is_given_up_costs_nothing(owner: User) -> None:
    batch = close(worked(started(owner)), archive=None)
    assert (batch.status, batch.error_code) == ("failed", "ARCHIVE_FAILED")
    assert (batch.completed_images, batch.credits_used) == (3, 0)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_when_every_image_fails_nobody_pays(owner: User) -> None:
    batch = worked(started(owner), fail=3)
    assert (batch.status, batch.error_code) == ("failed", "BATCH_FAILED")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_only_the_holder_of_the_lease_may_end_it(owner: User) -> None:
    batch = worked(started(owner))
    with pytest.raises(LeaseLost):
        settlement.close(batch_id=batch.pk, token=uuid4(), archive=ARCHIVE, now=timezone.now())
    batch.refresh_from_db()
    assert (batch.status, batch.zip_key) == ("zipping", "")
    assert ledger.balance(user_id=owner.pk).held == 9


def test_without_a_lease_nothing_that_finished_is_thrown_away(owner: User) -> None:
    batch = worked(started(owner))
    with pytest.raises(LeaseLost):
        settlement.close(batch_id=batch.pk, token=None, archive=None, now=timezone.now())


def test_it_ends_once(owner: User) -> None:
    batch = worked(started(owner))
    [held] = QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk))
    for attempt in range(2):
        try:
            settlement.close(
                batch_id=batch.pk, token=held.lease_token, archive=ARCHIVE, now=timezone.now()
            )
        except LeaseLost:
            assert attempt == 1
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=91, held=0)


def test_no_image_may_still_be_open(owner: User) -> None:
    batch = started(owner)
    succeed(claimed(batch)[0])
    with pytest.raises(LeaseLost):
        settlement.withdraw(batch_id=batch.pk, now=timezone.now())
    assert statuses(batch) == ["completed", "queued", "queued"]
    assert ledger.balance(user_id=owner.pk).held == 9


def test_free_batches_have_no_hold(owner: User) -> None:
    batch = ended(owner, partner_percent=100)
    assert (batch.status, batch.hold_id, batch.credits_used) == ("completed", None, 0)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_a_share_may_be_nothing(owner: User) -> None:
    batch = ended(owner, images=3, partner_percent=90)
    assert list(Job.objects.order_by("position").values_list("price", flat=True)) == [0, 0, 1]
    assert (batch.final_total, batch.credits_used) == (1, 1)


def test_the_owner_may_be_gone_by_then(owner: User) -> None:
    batch = worked(started(owner))
    owner.delete()
    assert close(batch).status == "completed"
