"""`batch.progress` while a batch runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from batches import worker
from batches.models import Batch
from batches.signals import batch_progressed
from common import valkey
from integrations.models import Event
from integrations.webhooks import recorder
from tests.batches.working import started
from tests.integrations.webhooks.factories import endpoint
from tests.removal.conftest import media
from tests.removal.factories import customer

__all__ = ["media"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> User:
    return customer()


@pytest.fixture
def batch(owner: User, media: Path) -> Batch:
    return started(owner, 4)


def progress(batch: Batch) -> None:
    batch_progressed.send(sender=Batch, batch_id=batch.pk, now=timezone.now())


def recorded() -> list[Any]:
    rows = Event.objects.filter(type="batch.progress").order_by("pk")
    return [json.loads(row.data) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_a_running_batch_tells_how_far_it_has_come(batch: Batch, owner: User) -> None:
    endpoint(owner, events=["batch.progress"])
    worker.run()
    (data,) = recorded()
    assert (data["batchId"], data["status"]) == (batch.public_id, "processing")
    assert data["progress"]["totalImages"] == 4
    assert 1 <= data["progress"]["processedImages"] <= 4


def test_there_is_at_most_one_in_a_few_seconds(batch: Batch, owner: User) -> None:
    endpoint(owner)
    for _ in range(5):
        progress(batch)
    assert len(recorded()) == 1
    valkey.client().delete(f"webhooks:progress:{batch.pk}")
    progress(batch)
    assert len(recorded()) == 2


def test_none_is_recorded_that_nobody_awaits(batch: Batch, owner: User) -> None:
    endpoint(owner, events=["batch.completed"])
    endpoint(owner, active=False)
    progress(batch)
    assert recorded() == []


def test_a_batch_that_has_ended_makes_no_progress(batch: Batch, owner: User) -> None:
    endpoint(owner)
    Batch.objects.filter(pk=batch.pk).update(status="zipping")
    progress(batch)
    assert [data["status"] for data in recorded()] == ["zipping"]
    Batch.objects.filter(pk=batch.pk).delete()
    valkey.client().delete(f"webhooks:progress:{batch.pk}")
    progress(batch)
    assert len(recorded()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_does_not_stop_the_batch(
    batch: Batch, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(owner)

    def failing(**_: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr(recorder, "record", failing)
    assert worker.run() == 4
