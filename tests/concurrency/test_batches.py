"""Many hands on one batch, or on one customer's credits, each on a connection of its own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from batches import audit, finalize, services
from batches.archive import build
from batches.creation import services as creation
from batches.errors import AlreadyRetried
from batches.models import Batch
from billing import ledger
from billing.audit import audit as audit_ledger
from common.http.errors import ApiError
from common.http.idempotency.store import IdempotencyKeyReused
from common.workqueue import LeaseLost
from removal import bulk
from removal import services as jobs
from removal.models import Job
from tests.batches.conftest import media, stored
from tests.batches.factories import (
    batch_request,
    claimed,
    ended,
    started,
    succeed,
    waiting,
    worked,
)
from tests.concurrency.test_ledger import at_once, kinds
from tests.removal.conftest import Files
from tests.removal.factories import customer, queued

__all__ = ["media", "stored"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _sound() -> Iterator[None]:
    yield
    assert audit_ledger(now=timezone.now()).breaches == ()
    assert audit.audit(now=timezone.now()).breaches == ()


def race(*works: Callable[[], Any]) -> list[Any]:
    """Every work at the same moment; what each returned, or a refusal that it met.

    Anything else, a deadlock say, is a failure.
    """
    outcomes = at_once(len(works), lambda number: works[number]())
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, ApiError | LeaseLost):
            raise outcome
    return outcomes


def test_twenty_starts_on_credits_for_three(stored: Files) -> None:
    user = customer(3 * 9)
    requests = [batch_request() for _ in range(20)]
    outcomes = at_once(
        20, lambda n: creation.start(user=user, request=requests[n], now=timezone.now())
    )
    assert kinds(outcomes) == {"Batch": 3, "InsufficientCredits": 17}
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=0, held=27)
    assert (Batch.objects.count(), Job.objects.count()) == (3, 9)
    assert list(stored) == sorted(Job.objects.values_list("original_key", flat=True))


def test_one_key_starts_once_even_if_there_is_credit_for_one_alone(stored: Files) -> None:
    user = customer(9)
    requests = [batch_request(idempotency_key="k") for _ in range(10)]
    outcomes = at_once(
        10, lambda n: creation.start(user=user, request=requests[n], now=timezone.now()).pk
    )
    assert len(set(outcomes)) == 1
    assert Batch.objects.count() == 1
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=0, held=9)
    assert len(list(stored)) == 3


def test_one_key_removes_once_even_if_there_is_credit_for_one_alone(stored: Files) -> None:
    user = customer(3)
    made = at_once(8, lambda _: queued(user, idempotency_key="k").pk)
    assert len(set(made)) == Job.objects.count() == len(list(stored)) == 1
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=0, held=3)


def test_one_key_with_many_bodies_has_one_winner() -> None:
    user = customer(1000)
    requests = [batch_request(idempotency_key="k", name=f"batch {n}") for n in range(8)]
    outcomes = at_once(
        8, lambda n: creation.start(user=user, request=requests[n], now=timezone.now())
    )
    assert kinds(outcomes) == {"Batch": 1, "IdempotencyKeyReused": 7}
    assert IdempotencyKeyReused.status == 409


def test_many_retries_make_one_batch(stored: Files) -> None:
    user = customer(100)
    parent = ended(user, fail=2)
    before = len(list(stored))
    outcomes = at_once(
        8,
        lambda _: creation.retry(
            user=user,
            batch_id=parent.public_id,
            request_id="",
            idempotency_key=None,
            now=timezone.now(),
        ),
    )
    assert kinds(outcomes) == {"Batch": 1, AlreadyRetried.__name__: 7}
    assert len(list(stored)) == before + 2


def test_many_finalisers_move_a_batch_once() -> None:
    user = customer(100)
    batch = started(user)
    for job in claimed(batch, images=3):
        succeed(job)
    moved = at_once(20, lambda _: finalize.finish_if_done(batch_id=batch.pk, now=timezone.now()))
    assert sorted(map(str, moved)) == ["False"] * 19 + ["True"]


@pytest.mark.parametrize("partner_percent", [0, 100])
def test_many_finalisers_end_a_failed_batch_once(partner_percent: int) -> None:
    user = customer(100)
    batch = started(user, partner_percent=partner_percent)
    Job.objects.filter(batch_id=batch.pk).update(
        status="failed", error_code="X", completed_at=timezone.now()
    )
    moved = at_once(20, lambda _: finalize.finish_if_done(batch_id=batch.pk, now=timezone.now()))
    assert sorted(map(str, moved)) == ["False"] * 19 + ["True"]
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=100, held=0)


def test_many_writers_publish_one_archive(stored: Files) -> None:
    user = customer(100)
    batch = worked(started(user))
    race(*[lambda: build.build(batch_id=batch.pk)] * 6)
    batch.refresh_from_db()
    assert (batch.status, batch.credits_used) == ("completed", 9)
    assert [key for key in stored if key.endswith(".zip")] == [batch.zip_key]


@pytest.mark.parametrize("attempt", range(3))
def test_cancelling_while_workers_claim_and_finish(attempt: int) -> None:
    """The work of every order of events ends in one of two ways, and the money adds up."""
    user = customer(100)
    batch = started(user, images=6)

    def work() -> None:
        while taken := _claim(batch):
            for job in taken:
                succeed(job)
            finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())

    def cancel() -> None:
        services.cancel(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())

    race(work, cancel, work, cancel)
    finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
    build.build(batch_id=batch.pk)
    batch.refresh_from_db()
    finished = Job.objects.filter(status="completed").count()
    assert batch.status in {"completed", "cancelled"}
    assert (batch.completed_images, batch.credits_used) == (finished, 3 * finished)
    assert ledger.balance(user_id=user.pk) == ledger.Balance(100 - 3 * finished, 0)


def test_cancelling_races_with_the_last_image() -> None:
    user = customer(100)
    batches = [started(user, images=2) for _ in range(4)]
    works: list[Callable[[], Any]] = []
    for batch in batches:
        taken = claimed(batch, images=2)
        works += [
            lambda batch=batch, taken=taken: _end(batch, taken),  # type: ignore[misc]
            lambda batch=batch: services.cancel(  # type: ignore[misc]
                user_id=user.pk, batch_id=batch.public_id, now=timezone.now()
            ),
        ]
    race(*works)
    for batch in batches:
        build.build(batch_id=batch.pk)
        batch.refresh_from_db()
        assert batch.status in {"completed", "cancelled"}
        assert (batch.completed_images, batch.credits_used) == (2, 6)


def test_cancelling_waits_for_whoever_moves_the_batch_on() -> None:
    user = customer(100)
    batch = started(user)
    for job in claimed(batch, images=3):
        succeed(job)
    locked = threading.Event()

    def move_on() -> None:
        with transaction.atomic():
            Batch.objects.select_for_update().get(pk=batch.pk)
            locked.set()
            time.sleep(0.3)
            finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())

    def cancel() -> None:
        assert locked.wait(30)
        services.cancel(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())

    assert kinds(race(move_on, cancel)) == {"NoneType": 1, "BatchEnded": 1}
    batch.refresh_from_db()
    assert (batch.status, batch.cancel_requested_at) == ("zipping", None)


def test_erasing_races_with_everything(stored: Files) -> None:
    user = customer(100)
    batch = started(user, images=4)
    [first, *_] = waiting(batch)

    def erase() -> None:
        services.erase(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())

    def erase_one() -> None:
        jobs.erase(user_id=user.pk, job_id=first.public_id, now=timezone.now())

    def work() -> None:
        for job in _claim(batch, 4):
            # Erased under the worker's hands.
            with suppress(LeaseLost):
                succeed(job)
        finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())

    race(work, erase, erase_one, lambda: build.build(batch_id=batch.pk), erase)
    services.erase(user_id=user.pk, batch_id=batch.public_id, now=timezone.now())
    batch.refresh_from_db()
    assert batch.status in {"completed", "cancelled"}
    assert batch.erased_at is not None
    assert ledger.balance(user_id=user.pk).held == 0
    assert not [key for key in stored if "original" in key or key.endswith(".zip")]


def test_settling_many_batches_of_one_customer_does_not_deadlock() -> None:
    user = customer(1000)
    batches = [worked(started(user)) for _ in range(4)]

    def start() -> Batch:
        return creation.start(user=user, request=batch_request(), now=timezone.now())

    race(
        *[lambda batch=batch: build.build(batch_id=batch.pk) for batch in batches],
        *[start] * 4,
    )
    assert set(
        Batch.objects.filter(pk__in=[batch.pk for batch in batches]).values_list(
            "status", flat=True
        )
    ) == {"completed"}
    assert ledger.balance(user_id=user.pk) == ledger.Balance(available=928, held=36)


def _claim(batch: Batch, limit: int = 1) -> Any:
    taken = bulk.claim(batch_id=batch.pk, limit=limit, now=timezone.now())
    services.mark_started(batch_id=batch.pk, now=timezone.now())
    for job in taken:
        bulk.begin(job=job, now=timezone.now())
    return taken


def _end(batch: Batch, taken: Any) -> None:
    for job in taken:
        succeed(job)
    finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
