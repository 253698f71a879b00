from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from common import storage
from removal import claims, keys, orphans
from tests.removal.conftest import Files
from tests.removal.factories import completed, queued

pytestmark = pytest.mark.django_db


def later() -> int:
    return orphans.reap(now=timezone.now() + timedelta(hours=2))


def put(key: str) -> str:
    storage.put(key, b"left behind", content_type="image/png")
    return key


def test_files_of_known_jobs_stay(owner: User, stored: Files) -> None:
    completed(owner), queued(owner)
    before = list(stored)
    assert (later(), list(stored)) == (0, before)


def test_original_of_a_request_that_died_goes_after_an_hour(owner: User, stored: Files) -> None:
    put(keys.original_key(owner.public_id, "job_1", "jpg"))
    assert orphans.reap(now=timezone.now()) == 0
    assert later() == 1
    assert list(stored) == []


def test_second_result_of_a_finished_job_goes(owner: User) -> None:
    job = completed(owner)
    left = put(keys.result_key(owner.public_id, job.public_id, 2, job.result_token, "webp"))
    assert later() == 1
    assert storage.exists(job.result_key)
    assert not storage.exists(left)


def test_result_of_a_running_job_stays(owner: User) -> None:
    queued(owner)
    [job] = claims.claim(limit=1, now=timezone.now())
    put(keys.result_key(owner.public_id, job.public_id, 1, job.result_token, "png"))
    assert later() == 0


def test_half_written_file_goes(owner: User, media: Path) -> None:
    job = completed(owner)
    draft = (media / job.original_key).with_name(".0123456789abcdef.part")
    draft.write_bytes(b"half")
    assert later() == 1
    assert not draft.exists()


def test_files_of_other_parts_are_left_alone(owner: User) -> None:
    put(f"{keys.RESULTS}/{owner.public_id}/batch_1.zip")
    assert later() == 0


def test_empty_storage() -> None:
    assert later() == 0
