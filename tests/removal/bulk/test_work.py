"""Several threads, one model: each image ends once, by itself, and keeps its lease meanwhile."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from common import storage
from removal import bulk, queue, runner, settlement
from removal.bulk import work
from removal.models import Job
from tests.removal.bulk.factories import image, images, inserted, states
from tests.removal.conftest import Files
from tests.removal.factories import photo

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 20


def chunks(limit: int = 3) -> Sequence[Job]:
    return bulk.claim(batch_id=1, limit=limit, now=timezone.now())


def run(**options: Any) -> tuple[int, list[int]]:
    ended: list[int] = []
    done = work.run(chunks, on_each=ended.append, **options)
    return done, ended


def test_all_that_waits_is_done(owner: User, stored: Files) -> None:
    jobs = images(owner, 5)
    assert run() == (5, [1] * 5)
    assert states() == ["completed"] * 5
    assert len(list(stored)) == 7 * len(jobs)
    assert set(Job.objects.values_list("attempts", "lease_token", "credits_used")) == {(1, None, 0)}


def test_each_image_has_options_of_its_own(owner: User) -> None:
    inserted(owner, [image(owner)], fields={"format": "jpg"})
    inserted(owner, [image(owner)], batch_id=2, fields={"format": "webp", "scale": 0.5})
    Job.objects.filter(batch_id=2).update(batch_id=1, position=1)
    run()
    found = bulk.items(batch_id=1).values_list("result_format", "result_width")
    assert list(found) == [("jpg", 96), ("webp", 48)]


def test_broken_image_fails_alone(owner: User) -> None:
    good, bad = image(owner), image(owner, data=photo((300, 200))[:1500])
    inserted(owner, [good, bad, image(owner)])
    run()
    assert states() == ["completed", "failed", "completed"]


def test_lost_original_is_tried_again_alone_and_then_given_up(
    owner: User, settings: Settings
) -> None:
    job, _ = images(owner, 2)
    storage.delete(job.original_key)
    for _ in range(settings.BATCH_MAX_ATTEMPTS):
        assert states()[0] == "queued"
        Job.objects.update(available_at=timezone.now())
        run()
    job.refresh_from_db()
    assert states() == ["failed", "completed"]
    assert job.attempts == settings.BATCH_MAX_ATTEMPTS


def test_storage_that_is_away_for_a_moment_costs_no_image(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(owner, 4)

    def away(_: str) -> bytes:
        raise OSError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "read", away)
        assert run()[0] == 4
    assert run()[0] == 0, "they wait a little"
    assert set(Job.objects.values_list("status", "attempts")) == {("queued", 1)}
    later = timezone.now() + queue.FIRST_PAUSE
    work.run(lambda: bulk.claim(batch_id=1, limit=3, now=later), on_each=lambda _: None)
    assert states() == ["completed"] * 4


def test_image_that_was_begun_before_runs_while_nothing_else_does(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(owner, 6)
    Job.objects.filter(position__in=[1, 4]).update(attempts=1)
    running: set[int] = set()
    beside: dict[int, set[int]] = {}
    process = runner.process

    def watched(job: Job, **options: Any) -> None:
        position = job.position or 0
        running.add(position)
        process(job, **options)
        beside[position] = set(running) - {position}
        running.discard(position)

    monkeypatch.setattr(runner, "process", watched)
    run(slots=3)
    assert states() == ["completed"] * 6
    assert (beside[1], beside[4]) == (set(), set())


def test_cancelled_meanwhile_is_not_begun(owner: User) -> None:
    images(owner, 2)
    jobs = list(chunks())
    bulk.cancel_open(batch_id=1, now=timezone.now())
    work.run(lambda: [jobs.pop()] if jobs else [], on_each=lambda _: None)
    assert set(Job.objects.values_list("status", "attempts")) == {("cancelled", 0)}


def test_listener_that_fails_harms_no_image(owner: User) -> None:
    images(owner, 3)

    def fail(_: int) -> None:
        raise RuntimeError("nobody listens")

    assert work.run(chunks, on_each=fail) == 3
    assert states() == ["completed"] * 3


def test_claim_that_fails_ends_the_run_after_what_is_under_way(owner: User) -> None:
    images(owner, 2)
    first = list(chunks(1))

    def take() -> Sequence[Job]:
        if first:
            return [first.pop()]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work.run(take, on_each=lambda _: None)
    assert states() == ["completed", "queued"]


def test_living_process_keeps_the_lease_of_a_slow_image(
    owner: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BATCH_LEASE_S = 1
    images(owner, 2)
    slow = threading.Event()
    process = runner.process

    def dawdle(job: Job, **options: Any) -> None:
        slow.wait(PATIENCE_S)
        process(job, **options)

    monkeypatch.setattr(runner, "process", dawdle)
    worker = threading.Thread(target=run)
    began = timezone.now()
    worker.start()
    _until(lambda: _least_lease() > began + timedelta(seconds=3))
    bulk.recover(now=timezone.now())
    assert states() == ["processing"] * 2
    slow.set()
    worker.join()
    assert states() == ["completed"] * 2


def test_database_that_is_away_for_a_moment_is_waited_for(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(owner, 1)
    complete, away = settlement.complete, [True, True]

    def flaky(**given: Any) -> None:
        if away:
            away.pop()
            raise OperationalError("server closed the connection")
        complete(**given)

    monkeypatch.setattr(settlement, "complete", flaky)
    run()
    assert states() == ["completed"]


def test_commit_that_went_through_unheard_keeps_its_result(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(owner, 1)
    complete, unheard = settlement.complete, [True]

    def deaf(**given: Any) -> None:
        complete(**given)
        if unheard:
            unheard.pop()
            raise OperationalError("server closed the connection")

    monkeypatch.setattr(settlement, "complete", deaf)
    run()
    job = Job.objects.get()
    assert job.status == "completed"
    assert storage.exists(job.result_key)


def _least_lease() -> datetime:
    found = Job.objects.filter(status="processing").values_list("lease_expires_at", flat=True)
    return min((moment for moment in found if moment), default=datetime.min.replace(tzinfo=UTC))


def _until(condition: Callable[[], bool]) -> None:
    deadline = timezone.now() + timedelta(seconds=PATIENCE_S)
    while not condition():
        assert timezone.now() < deadline, "waited in vain"
        threading.Event().wait(0.02)
