import pytest
from django.db import IntegrityError
from redis import Redis

from accounts.models import User
from billing import ledger
from common.http.errors import InvalidFileType
from removal.models import Job
from tests.removal.bulk.factories import image, images, inserted

pytestmark = pytest.mark.django_db


def test_rows_are_queued_in_order(owner: User) -> None:
    new = [image(owner, filename=f"{n}.jpg", price=n) for n in range(3)]
    jobs = inserted(owner, new, tier="standard", fields={"format": "webp"})
    assert [(job.position, job.filename, job.price) for job in jobs] == [
        (0, "0.jpg", 0),
        (1, "1.jpg", 1),
        (2, "2.jpg", 2),
    ]
    assert {(job.status, job.tier, job.options["format"]) for job in jobs} == {
        ("queued", "standard", "webp")
    }


def test_nothing_is_held_and_nothing_rung(owner: User, broker: Redis) -> None:
    images(owner, 2)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert broker.keys("interactive*") == []


def test_unreadable_image_has_failed_from_the_start(owner: User) -> None:
    broken = image(owner, error=InvalidFileType("No image"), original_key="", width=0, height=0)
    [job] = inserted(owner, [broken])
    assert (job.status, job.error_code, job.error_message) == (
        "failed",
        "INVALID_FILE_TYPE",
        "No image",
    )
    assert job.completed_at is not None


def test_filename_is_made_safe(owner: User) -> None:
    [job] = inserted(owner, [image(owner, filename="../../etc/passwd\u202egnp.exe")])
    assert job.filename == "passwdgnp.exe"


def test_position_is_taken_once(owner: User) -> None:
    images(owner, 1, batch_id=5)
    with pytest.raises(IntegrityError):
        images(owner, 1, batch_id=5)


def test_five_hundred_rows_take_few_statements(
    owner: User, django_assert_max_num_queries: object
) -> None:
    new = [image(owner)] * 1
    many = [image(owner, data=b"x") for _ in range(499)]
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        inserted(owner, [*new, *many])
    assert Job.objects.filter(batch_id=1).count() == 500
