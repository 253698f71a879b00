import io
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common import storage
from common.workqueue import LeaseLost
from removal import claims, keys, runner, services, settlement
from removal.engine import pipeline
from removal.engine.decode import Picture
from removal.engine.decode import decode as real_decode
from removal.engine.registry import BUILT_IN, TIERS
from removal.models import Job
from tests.removal.conftest import Files
from tests.removal.factories import all_files, blank, completed, photo, queued

pytestmark = pytest.mark.django_db


def claimed(user: User) -> Job:
    queued(user)
    [job] = claims.claim(only=Q(user=user), limit=1, now=timezone.now())
    return job


def break_original(job: Job) -> None:
    """A fault of ours: the file has vanished from storage."""
    storage.delete(job.original_key)


def test_finished_job_has_its_figures(owner: User) -> None:
    job = completed(owner)
    assert (job.status, job.attempts, job.credits_used) == ("completed", 1, 3)
    assert (job.result_width, job.result_height, job.result_format) == (96, 64, "png")
    assert job.result_size == storage.size(job.result_key)
    assert job.lease_token is None


def test_running_again_changes_nothing(owner: User) -> None:
    job = completed(owner)
    assert runner.run(job.public_id) is False
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_rotated_photo_reports_its_upright_size(owner: User) -> None:
    with Image.open(io.BytesIO(photo((96, 64)))) as picture:
        exif = picture.getexif()
        exif[0x0112] = 6
        file = io.BytesIO()
        picture.save(file, "JPEG", exif=exif)
    job = completed(owner, data=file.getvalue())
    assert (job.width, job.height) == (64, 96)


def test_unexpected_failure_goes_back_into_the_queue(owner: User) -> None:
    job = queued(owner)
    break_original(job)
    runner.run(job.public_id)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.lease_token) == ("queued", 1, None)
    assert ledger.balance(user_id=owner.pk).held == 3


def test_poison_ends_after_the_last_attempt_and_costs_nothing(
    owner: User, settings: Settings
) -> None:
    job = queued(owner, idempotency_key="k")
    break_original(job)
    while runner.run(job.public_id):
        pass
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("failed", settings.MAX_ATTEMPTS)
    assert job.error_code == "INTERNAL_ERROR"
    assert job.idempotency_key is None
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_loser_of_the_fence_drops_its_result(owner: User, stored: Files) -> None:
    slow = claimed(owner)
    settlement.put_back(job=slow, now=timezone.now())
    [quick] = claims.claim(limit=1, now=timezone.now())
    runner.process(quick)
    runner.process(slow)
    job = Job.objects.get()
    assert (job.status, job.attempts) == ("completed", 2)
    assert list(stored) == all_files(job)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_file_of_a_dead_attempt_is_cleared_away(owner: User, stored: Files) -> None:
    dead = claimed(owner)
    left = keys.result_key(owner.public_id, dead.public_id, 1, dead.result_token, "png")
    storage.put(left, b"half", content_type="image/png")
    settlement.put_back(job=dead, now=timezone.now())
    runner.run(dead.public_id)
    job = Job.objects.get()
    assert job.status == "completed"
    assert not storage.exists(left)


def test_bad_picture_fails_at_once_with_its_reason(owner: User, stored: Files) -> None:
    job = completed(owner, data=photo((400, 300))[:2000])
    assert (job.status, job.attempts, job.error_code) == ("failed", 1, "INVALID_FILE_TYPE")
    assert list(stored) == []
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("picture", [blank(), blank(shade="black"), blank((3, 3))])
def test_picture_without_a_subject_costs_nothing(
    owner: User, stored: Files, tier: str, picture: bytes
) -> None:
    job = completed(owner, data=picture, tier=tier)
    assert (job.status, job.attempts, job.error_code) == ("failed", 1, "NO_SUBJECT_FOUND")
    assert job.credits_used == 0
    assert list(stored) == []
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def details_of_blank(user: User, tier: str) -> dict[str, Any]:
    details: dict[str, Any] | None = completed(user, data=blank(), tier=tier).error_details
    assert details is not None
    return details


def test_picture_without_a_subject_says_what_to_try(owner: User) -> None:
    details = details_of_blank(owner, "standard")
    assert details["tier"] == "standard"
    assert BUILT_IN in details["models"]
    assert "professional or industry" in details["suggestions"][-1]


def test_dearest_tier_names_no_other(owner: User) -> None:
    details = details_of_blank(owner, "industry")
    assert len(details["suggestions"]) == 1


class TestWithdrawnMeanwhile:
    """A job that was erased while a worker processes it stops at the next checkpoint."""

    @pytest.fixture
    def erased(self, owner: User) -> Job:
        job = claimed(owner)
        services.erase(user_id=owner.pk, job_id=job.public_id, now=timezone.now())
        return job

    def test_before_its_file_is_read(self, erased: Job, stored: Files) -> None:
        with pytest.raises(LeaseLost):
            runner.cut_out(erased)
        assert list(stored) == []

    def test_is_no_failure(self, erased: Job, caplog: pytest.LogCaptureFixture) -> None:
        runner.process(erased)
        erased.refresh_from_db()
        assert (erased.status, erased.error_code) == ("cancelled", "")
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []

    def test_between_two_stages(self, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
        job, stages = claimed(owner), []

        def decode(*given: Any, **options: Any) -> Picture:
            services.erase(user_id=owner.pk, job_id=job.public_id, now=timezone.now())
            return real_decode(*given, **options)

        def refine(*given: Any, **options: Any) -> None:
            stages.append("refine")

        monkeypatch.setattr(pipeline, "decode", decode)
        monkeypatch.setattr(pipeline, "refine", refine)
        with pytest.raises(LeaseLost):
            runner.cut_out(job)
        assert stages == []
