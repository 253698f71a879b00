import os

import pytest
from celery import current_app
from django.core.cache import cache
from pytest_django import Settings

from accounts.models import User
from common import storage
from removal import keys, tasks
from tests.removal.conftest import Files
from tests.removal.factories import queued

pytestmark = pytest.mark.django_db


def test_run_job_ignores_arguments_of_a_newer_release(owner: User) -> None:
    job = queued(owner)
    tasks.run_job(job_id=job.public_id, priority="high")
    job.refresh_from_db()
    assert job.status == "completed"


def test_run_job_of_a_job_that_is_gone() -> None:
    tasks.run_job(job_id="job_nothing")


def test_scheduled_tasks_exist(settings: Settings) -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"removal.tasks.sweep", "removal.tasks.retention"} <= scheduled
    assert {"removal.tasks.sweep", "removal.tasks.retention"} <= set(current_app.tasks)


def test_storage_is_searched_for_orphans_only_now_and_then(owner: User, stored: Files) -> None:
    cache.clear()
    tasks.retention()
    left = keys.original_key(owner.public_id, "job_1", "jpg")
    storage.put(left, b"x", content_type="image/jpeg")
    os.utime(stored.root / left, (0, 0))
    tasks.retention()
    assert list(stored) == [left]
    cache.clear()
    tasks.retention()
    assert list(stored) == []


def test_beat_tasks_run(owner: User) -> None:
    tasks.sweep(later_argument=1)
    tasks.retention()
