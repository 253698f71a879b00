import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from batches import worker
from batches.models import Batch
from batches.scheduling import queue_depth
from batches.scheduling.queue_depth import Waiting
from tests.batches.working import started
from tests.removal.factories import NOW, queued

pytestmark = pytest.mark.django_db


def test_nothing_waits() -> None:
    assert queue_depth.waiting(now=NOW) == {
        "interactive": Waiting(0, 0.0),
        "batch": Waiting(0, 0.0),
        "delivery": Waiting(0, 0.0),
    }


def test_rows_are_counted_by_the_worker_that_they_wait_for(owner: User, settings: Settings) -> None:
    settings.BATCH_CHUNK_IMAGES = 2
    job = queued(owner)
    started(owner, 5, now=NOW)
    worker.take(now=NOW)
    Batch.objects.filter(pk=started(owner, 2).pk).update(status="zipping", available_at=NOW)
    later = job.created_at + timedelta(seconds=9)
    found = queue_depth.waiting(now=later)
    assert {queue: each.count for queue, each in found.items()} == {
        "interactive": 1,
        "batch": 3,
        "delivery": 1,
    }
    assert found["interactive"].oldest_s == 9.0
    assert found["delivery"].oldest_s == (later - NOW).total_seconds()


def test_batch_that_just_got_a_worker_is_not_neglected(owner: User) -> None:
    started(owner, 9, now=NOW)
    worker.take(now=NOW + timedelta(seconds=50))
    assert queue_depth.waiting(now=NOW + timedelta(seconds=60))["batch"].oldest_s == 10.0


def test_command_prints_them_for_autoscalers(owner: User) -> None:
    started(owner, 4)
    output = io.StringIO()
    call_command("queue_depth", "--json", stdout=output)
    assert json.loads(output.getvalue())["batch"]["count"] == 4


def test_metrics_carry_them(client: Client, owner: User, settings: Settings) -> None:
    started(owner, 4)
    token = {"authorization": f"Bearer {settings.METRICS_TOKEN}"}
    page = client.get("/metrics", headers=token).content.decode()
    assert 'lumiku_waiting{queue="batch"} 4.0' in page
