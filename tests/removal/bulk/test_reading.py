from datetime import timedelta

import pytest

from accounts.models import User
from common.http.errors import InvalidFileType
from removal import bulk
from removal.bulk import Counts
from removal.errors import CALLERS_REASONS
from removal.models import Job
from tests.removal.bulk.factories import image, images, inserted
from tests.removal.factories import NOW, row

pytestmark = pytest.mark.django_db


def ended(owner: User, position: int, **fields: object) -> Job:
    return row(owner, batch_id=1, position=position, **fields)


def test_counts_of_every_batch_asked_for(owner: User) -> None:
    images(owner, 2, batch_id=1)
    ended(owner, 2, status="completed")
    ended(owner, 3, status="failed")
    found = bulk.counts(batch_ids=[1, 2])
    assert found[1] == Counts(queued=2, completed=1, failed=1)
    assert (found[1].total, found[1].open, found[1].ended) == (4, 2, 2)
    assert found[2] == Counts()


def test_items_come_in_their_order(owner: User) -> None:
    for position in (2, 0, 1):
        ended(owner, position, filename=str(position))
    assert [job.filename for job in bulk.items(batch_id=1)] == ["0", "1", "2"]


def test_results_tell_of_every_image(owner: User) -> None:
    ended(owner, 1, status="failed", filename="b.jpg", error_message="No image")
    ended(owner, 0, result_key="processed/a.png", result_size=9, filename="a.jpg", price=7)
    first, second = bulk.results(batch_id=1)
    assert (first.filename, first.result_key, first.result_size, first.price) == (
        "a.jpg",
        "processed/a.png",
        9,
        7,
    )
    assert (second.status, second.result_key, second.error_message) == ("failed", "", "No image")


def test_our_failures_cancelled_and_undelivered_images_can_be_retried(
    owner: User,
) -> None:
    folder = "uploads/background-remover/user_1"
    ended(owner, 0, status="failed", original_key=f"{folder}/a.jpg")
    ended(owner, 1, status="failed")
    ended(owner, 2, status="cancelled", original_key=f"{folder}/c.jpg")
    ended(owner, 3, status="completed", original_key=f"{folder}/d.jpg")
    ended(owner, 4, status="completed", original_key=f"{folder}/e.jpg", settled_at=NOW)
    found = bulk.retryable(batch_id=1)
    assert [(original.original_key[-5:], original.failed) for original in found] == [
        ("a.jpg", True),
        ("c.jpg", False),
        ("d.jpg", False),
    ]


@pytest.mark.parametrize("code", sorted(CALLERS_REASONS))
def test_failures_of_the_picture_are_neither_retried_nor_ours(owner: User, code: str) -> None:
    ended(owner, 0, status="failed", error_code=code, original_key="uploads/a/user_1/a.jpg")
    ended(owner, 1, status="failed", error_code="INTERNAL_ERROR")
    assert bulk.retryable(batch_id=1) == []
    assert bulk.failed_for_our_reasons(batch_id=1) == 1


def test_unreadable_image_cannot_be_retried(owner: User) -> None:
    inserted(owner, [image(owner, error=InvalidFileType(), original_key="")])
    assert bulk.retryable(batch_id=1) == []


def test_recent_timings_are_of_finished_images_only(owner: User) -> None:
    for n in range(3):
        moment = NOW + timedelta(seconds=n)
        ended(owner, n, result_key=f"k{n}", processing_time_ms=100 + n, completed_at=moment)
    row(owner, status="failed")
    found = bulk.recent_timings(limit=2)
    assert [(timing.milliseconds, timing.in_batch) for timing in found] == [
        (102, True),
        (101, True),
    ]


def test_waiting_singles_leave_batches_out(owner: User) -> None:
    images(owner, 3)
    row(owner, status="queued", created_at=NOW)
    assert bulk.waiting_singles() == (1, NOW)
