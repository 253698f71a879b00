"""`services.submit` below HTTP: one job per key, and nothing left behind by the losers."""

import threading
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from billing import ledger
from billing.errors import InsufficientCredits
from common.http.idempotency.store import IdempotencyKeyReused
from common.workqueue import TaskRef
from removal.models import Job
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo, queued


@pytest.mark.django_db
def test_file_and_hold_and_row_belong_together(owner: User, stored: Files) -> None:
    job = queued(owner, tier="standard")
    assert (job.status, job.price, job.credits_used) == ("queued", 8, 0)
    assert list(stored) == [job.original_key]
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=92, held=8)


@pytest.mark.django_db
def test_file_goes_when_the_credits_do_not_suffice(stored: Files) -> None:
    with pytest.raises(InsufficientCredits):
        queued(customer(credits=2))
    assert list(stored) == []
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_same_key_and_order_give_the_first_job(owner: User, stored: Files) -> None:
    first = queued(owner, idempotency_key="k")
    assert queued(owner, idempotency_key="k").pk == first.pk
    assert len(list(stored)) == 1
    assert ledger.balance(user_id=owner.pk).held == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other", [{"tier": "standard"}, {"fields": {"crop": True}}, {"data": photo((64, 64))}]
)
def test_same_key_and_another_order_is_refused(owner: User, other: dict[str, Any]) -> None:
    queued(owner, idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused):
        queued(owner, idempotency_key="k", **other)


@pytest.mark.django_db(transaction=True)
def test_dispatch_that_fails_leaves_the_job_whole(
    owner: User, stored: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **arguments: Any) -> None:
        raise RuntimeError(arguments)

    monkeypatch.setattr(TaskRef, "send", fail)
    job = queued(owner)
    assert Job.objects.get().status == "queued"
    assert list(stored) == [job.original_key]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_twins_make_one_job(owner: User, stored: Files) -> None:
    start = threading.Barrier(8)
    made: list[int] = []

    def work() -> None:
        start.wait()
        made.append(queued(owner, idempotency_key="k").pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == Job.objects.count() == len(list(stored)) == 1
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=3)
