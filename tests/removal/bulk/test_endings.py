import pytest

from accounts.models import User
from common import storage
from removal import bulk, erasure, runner, settlement
from removal.models import Job
from tests.removal.bulk.factories import images, states
from tests.removal.conftest import Files
from tests.removal.factories import NOW, row

pytestmark = pytest.mark.django_db


def test_cancelling_takes_only_what_waits(owner: User) -> None:
    images(owner, 3)
    [job] = bulk.claim(batch_id=1, limit=1, now=NOW)
    assert bulk.cancel_waiting(batch_id=1, now=NOW) == 2
    assert states() == ["processing", "cancelled", "cancelled"]
    runner.process(job)
    assert states() == ["completed", "cancelled", "cancelled"]


def test_cancelling_everything_fences_the_workers_out(owner: User, stored: Files) -> None:
    [job] = images(owner, 1)
    [job] = bulk.claim(batch_id=1, limit=1, now=NOW)
    assert bulk.cancel_open(batch_id=1, now=NOW) == 1
    runner.process(job)
    assert states() == ["cancelled"]
    assert list(stored) == [job.original_key]


def test_the_cost_of_a_batch_is_divided_among_its_finished_images_in_order(owner: User) -> None:
    for position, status in enumerate(["completed", "failed", "completed", "completed"]):
        row(owner, batch_id=1, position=position, price=2, status=status)
    for _ in range(2):
        bulk.price(batch_id=1, total=7)
        prices = bulk.items(batch_id=1).values_list("price", flat=True)
        assert list(prices) == [2, 2, 2, 3]


def test_nothing_is_divided_when_nothing_finished(owner: User) -> None:
    row(owner, batch_id=1, position=0, price=8, status="failed")
    bulk.price(batch_id=1, total=0)
    assert bulk.captures(batch_id=1) == {}


def test_captures_are_the_shares_of_what_finished(owner: User) -> None:
    done = row(owner, batch_id=1, position=0, price=7)
    row(owner, batch_id=1, position=1, price=8, status="failed")
    row(owner, batch_id=1, position=2, price=0)
    assert bulk.captures(batch_id=1) == {done.public_id: 7}


def test_finished_images_cost_nothing_until_they_are_charged(owner: User) -> None:
    images(owner, 2)
    jobs = bulk.claim(batch_id=1, limit=2, now=NOW)
    runner.process(jobs[0])
    settlement.put_back(job=jobs[1], now=NOW)
    before = list(bulk.items(batch_id=1).values_list("credits_used", flat=True))
    bulk.charge(batch_id=1, now=NOW)
    after = list(bulk.items(batch_id=1).values_list("credits_used", flat=True))
    assert (before, after) == ([0, 0], [3, 0])


def test_erasing_takes_files_and_names(owner: User, stored: Files) -> None:
    images(owner, 2)
    for job in bulk.claim(batch_id=1, limit=2, now=NOW):
        runner.process(job)
    bulk.erase(batch_id=1, now=NOW)
    assert list(stored) == []
    assert set(Job.objects.values_list("filename", "result_key")) == {("", "")}


def test_background_that_a_batch_shares_outlives_its_images(owner: User) -> None:
    key = f"uploads/background-remover/{owner.public_id}/batch_1-background.png"
    storage.put(key, b"shared", content_type="image/png")
    [job] = images(owner, 1, background_key=key)
    bulk.cancel_waiting(batch_id=1, now=NOW)
    job.refresh_from_db()
    erasure.erase_ended(job=job, now=NOW)
    assert storage.exists(key)
