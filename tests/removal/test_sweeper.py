import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from billing import ledger
from removal import claims, erasure, keys, runner, sweeper
from removal.models import Job
from tests.removal.conftest import Files
from tests.removal.factories import completed, queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(settings: Settings) -> Redis:
    return Redis.from_url(settings.REDIS_URL)


def test_long_waiting_row_is_dispatched_again(owner: User, broker: Redis) -> None:
    job = queued(owner)
    broker.flushdb()
    later = timezone.now() + timedelta(minutes=1)
    assert sweeper.sweep(now=later).dispatched == 1
    assert job.public_id.encode() in _message(broker)


def test_messages_do_not_pile_up_while_workers_are_busy(owner: User, broker: Redis) -> None:
    broker.flushdb()
    queued(owner), queued(owner)
    swept = [sweeper.sweep(now=timezone.now() + timedelta(minutes=n)).dispatched for n in (1, 2, 3)]
    assert swept == [2, 0, 0]
    broker.lpop("interactive")
    assert sweeper.sweep(now=timezone.now() + timedelta(minutes=4)).dispatched == 2


def test_row_that_was_dispatched_a_moment_ago_is_left_alone(owner: User) -> None:
    queued(owner)
    later = timezone.now() + timedelta(minutes=1)
    sweeper.sweep(now=later)
    assert sweeper.sweep(now=later).dispatched == 0


def test_expired_lease_is_taken_back(owner: User) -> None:
    job = queued(owner)
    claims.claim(limit=1, now=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    swept = sweeper.sweep(now=later)
    job.refresh_from_db()
    assert (swept.taken_back, job.status, job.attempts) == (1, "queued", 1)
    runner.run(job.public_id, clock=lambda: later)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_running_lease_is_respected(owner: User) -> None:
    queued(owner)
    claims.claim(limit=1, now=timezone.now())
    assert sweeper.sweep(now=timezone.now()).taken_back == 0


def test_job_that_kills_its_workers_is_given_up(owner: User, settings: Settings) -> None:
    job = queued(owner)
    now = timezone.now()
    for _ in range(settings.MAX_ATTEMPTS):
        claims.claim(limit=1, now=now)
        now += timedelta(hours=1)
        sweeper.sweep(now=now)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "INTERNAL_ERROR")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_job_that_is_given_up_leaves_no_result(
    owner: User, stored: Files, settings: Settings
) -> None:
    settings.MAX_ATTEMPTS = 1
    queued(owner)
    [job] = claims.claim(limit=1, now=timezone.now())
    runner.cut_out(job)
    assert sweeper.sweep(now=timezone.now() + timedelta(hours=1)).given_up == 1
    assert list(stored) == [job.original_key]


def test_lowered_attempt_limit_ends_what_waits(owner: User, settings: Settings) -> None:
    job = queued(owner)
    Job.objects.update(attempts=2)
    settings.MAX_ATTEMPTS = 2
    assert sweeper.sweep(now=timezone.now()).given_up == 1
    job.refresh_from_db()
    assert job.status == "failed"


def test_originals_expire_first_then_results(
    owner: User, stored: Files, settings: Settings
) -> None:
    job = completed(owner)
    assert erasure.expire(now=timezone.now()) == 0
    assert erasure.expire(now=timezone.now() + timedelta(hours=25)) == 1
    assert list(stored) == sorted([job.result_key, *keys.preview_keys(job.result_key, "result")])
    assert erasure.expire(now=timezone.now() + timedelta(days=8)) == 1
    assert list(stored) == []
    job.refresh_from_db()
    assert job.expired_at is not None
    assert job.credits_used == 3


def test_file_that_cannot_be_deleted_does_not_stop_the_others(owner: User, media: Path) -> None:
    stuck, other = completed(owner), completed(owner)
    (media / stuck.original_key).unlink()
    (media / stuck.original_key / "in the way").mkdir(parents=True)
    assert erasure.expire(now=timezone.now() + timedelta(hours=25)) == 1
    stuck.refresh_from_db()
    other.refresh_from_db()
    assert (bool(stuck.original_key), other.original_key) == (True, "")


def test_waiting_jobs_keep_their_original(owner: User, stored: Files) -> None:
    queued(owner)
    assert erasure.expire(now=timezone.now() + timedelta(days=30)) == 0
    assert len(list(stored)) == 1


def test_idempotency_key_is_free_after_a_day(owner: User) -> None:
    completed(owner, idempotency_key="k")
    erasure.expire(now=timezone.now() + timedelta(hours=25))
    assert completed(owner, idempotency_key="k", tier="standard").tier == "standard"


def _message(broker: Redis) -> bytes:
    [raw] = cast(list[bytes], broker.lrange("interactive", 0, -1))
    return base64.b64decode(json.loads(raw)["body"])
