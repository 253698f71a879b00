"""The end of a batch: state, counts, archive and money at once, once."""

import csv
import io
import zipfile
from uuid import uuid4

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from batches import finalize, services, settlement
from batches.archive.queue import QUEUE
from batches.models import Batch
from batches.settlement import Archive
from billing import ledger
from billing.pricing import shares
from common import storage
from common.workqueue import LeaseLost
from removal import bulk
from removal import settlement as single
from removal.errors import NoSubjectFound
from removal.models import Job
from tests.batches.factories import claimed, ended, started, statuses, succeed, worked, zipped
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
    finished = Job.objects.filter(status="completed").order_by("position")
    charged = list(finished.values_list("credits_used", flat=True))
    assert charged == list(shares(count=48, total=346))
    assert charged == list(finished.values_list("price", flat=True))
    assert (batch.credits_used, batch.our_failures) == (346, 3)
    assert ledger.balance(user_id=user.pk).available == 1000 - batch.credits_used


def test_files_that_were_refused_buy_no_discount() -> None:
    user = customer(1000)
    batch = started(user, images=10, broken=191, tier="standard")
    assert (batch.final_total, batch.discount_percentage, batch.total_images) == (80, 0, 201)
    batch = zipped(worked(batch))
    assert (batch.status, batch.credits_used) == ("completed", 80)


def test_pictures_without_a_subject_buy_no_discount() -> None:
    user = customer(1000)
    batch = started(user, images=25, tier="standard")
    for number, job in enumerate(claimed(batch, images=25)):
        if number < 10:
            succeed(job)
        else:
            single.fail(job=job, error=NoSubjectFound(), now=timezone.now())
    finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
    batch = zipped(batch)
    assert (batch.final_total, batch.credits_used, batch.our_failures) == (190, 80, 0)


def test_cancelling_buys_no_discount() -> None:
    user = customer(1000)
    batch = started(user, images=25, tier="standard")
    for job in claimed(batch, images=10):
        succeed(job)
    services.cancel(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())
    batch = zipped(batch)
    assert (batch.status, batch.final_total, batch.credits_used) == ("cancelled", 190, 80)
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=920, held=0)


def test_the_place_of_an_image_does_not_change_its_price() -> None:
    user = customer(1000)
    batch = started(user, images=20, tier="basic")
    jobs = claimed(batch, images=20)
    for job in sorted(jobs, key=lambda job: (job.price, job.position))[:10]:
        succeed(job)
    services.cancel(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())
    bulk.cancel_open(batch_id=batch.pk, now=timezone.now())
    finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
    assert zipped(batch).credits_used == 30


def test_a_batch_that_is_erased_is_charged_alike() -> None:
    user = customer(1000)
    batch = started(user, images=25, tier="standard")
    for job in claimed(batch, images=10):
        succeed(job)
    batch = services.erase(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())
    assert (batch.status, batch.credits_used) == ("cancelled", 80)


def test_the_manifest_says_what_is_charged() -> None:
    batch = ended(customer(1000), images=21, fail=1, tier="standard")
    with zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key))) as archive:
        lines = archive.read("manifest.csv").decode("utf-8-sig").splitlines()
    credits = [int(line["credits"]) for line in csv.DictReader(lines)]
    assert (sum(credits), batch.credits_used) == (152, 152)


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
