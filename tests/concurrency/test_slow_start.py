"""A batch whose files take long to store, and the same request sent again meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches.models import Batch
from billing import ledger
from common.models import IdempotencyRecord
from removal.models import Job
from tests.batches.conftest import media, owner, stored
from tests.batches.factories import files
from tests.removal.conftest import Files, client_of

__all__ = ["media", "owner", "stored"]

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 30


class SlowOnce(FileSystemStorage):
    """Whoever stores first waits for `released`, with all its files; nobody else does."""

    reached = threading.Event()
    released = threading.Event()
    _lock = threading.Lock()

    def path(self, name: str) -> str:
        with self._lock:
            slow = not self.reached.is_set()
            self.reached.set()
        if slow:
            self.released.wait(PATIENCE_S)
        return super().path(name)


@pytest.fixture(autouse=True)
def _slow(settings: Settings, media: Path) -> Iterator[None]:
    SlowOnce.reached.clear()
    SlowOnce.released.clear()
    backend = f"{SlowOnce.__module__}.{SlowOnce.__qualname__}"
    settings.STORAGES["default"]["BACKEND"] = backend
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "batch_start": (100, 60, 100)}
    yield
    SlowOnce.released.set()


def start(user: User) -> Any:
    body = {"images": files(), "tier": "basic"}
    headers = {"Idempotency-Key": "k"}
    try:
        return client_of(user).post("/v1/background-remover/batch", body, headers=headers)
    finally:
        connections.close_all()


def test_it_starts_once_and_is_held_once_although_its_lock_lapsed(
    owner: User, stored: Files
) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow: Future[Any] = threads.submit(start, owner)
        assert SlowOnce.reached.wait(PATIENCE_S)
        early = start(owner)
        assert (early.status_code, early.json()["error"]["code"]) == (409, "REQUEST_IN_PROGRESS")
        # As if storing had taken longer than any request is trusted to.
        IdempotencyRecord.objects.update(locked_until=timezone.now())
        second = start(owner)
        SlowOnce.released.set()
        first = slow.result(PATIENCE_S)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json() == start(owner).json()
    assert Batch.objects.count() == 1
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=91, held=9)
    assert list(stored) == sorted(Job.objects.values_list("original_key", flat=True))
