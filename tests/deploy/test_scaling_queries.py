"""The autoscaler's queries: they count what waits and what is worked on, and stop at a limit."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection

from accounts.models import User
from batches.models import Batch
from tests.batches.archive.factories import bare
from tests.removal.factories import NOW, customer, row

pytestmark = pytest.mark.django_db

SCALING = Path(__file__).parents[2] / "deploy" / "kubernetes" / "scaling.yaml"
LEASE = "00000000-0000-0000-0000-000000000001"


def scalers() -> dict[str, Any]:
    parts = yaml.safe_load_all(SCALING.read_text())
    return {
        part["metadata"]["name"]: part["spec"]
        for part in parts
        if part["kind"] != "TriggerAuthentication"
    }


def metadata(name: str) -> dict[str, str]:
    found: dict[str, str] = scalers()[name]["triggers"][0]["metadata"]
    return found


def counted(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(metadata(name)["query"])
        return int(cursor.fetchone()[0])


def plan(name: str) -> str:
    with connection.cursor() as cursor:
        # The tables are nearly empty here, where Postgres would read and sort them whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {metadata(name)['query']}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.fixture
def owner() -> User:
    return customer()


@pytest.fixture
def work(owner: User) -> None:
    """Of singles one waits and one is worked on; of a batch three images wait and one is."""
    row(owner, status="queued", created_at=NOW)
    working = {"lease_token": LEASE, "lease_expires_at": NOW, "started_at": NOW, "attempts": 1}
    row(owner, status="processing", created_at=NOW, **working)
    row(owner, status="completed", created_at=NOW)
    batch = bare(owner, total_images=4, status="processing", created_at=NOW)
    Batch.objects.filter(pk=batch.pk).update(waiting_images=3)
    for position in range(3):
        row(owner, status="queued", batch_id=batch.pk, position=position, created_at=NOW)
    row(owner, status="processing", batch_id=batch.pk, position=3, created_at=NOW, **working)


def test_singles_that_wait_or_are_worked_on_are_counted(work: None) -> None:
    assert counted("worker-interactive") == 2


def test_images_of_batches_that_wait_or_are_worked_on_are_counted(work: None) -> None:
    assert counted("worker-batch") == 4


@pytest.mark.parametrize("name", ["worker-interactive", "worker-batch"])
def test_no_work_counts_as_none(name: str) -> None:
    assert counted(name) == 0


@pytest.mark.parametrize("name", ["worker-interactive", "worker-batch"])
def test_counting_stops_beyond_what_the_most_workers_need(name: str) -> None:
    most = scalers()[name]["maxReplicaCount"] * int(metadata(name)["targetQueryValue"])
    limits = [
        int(part.split()[0].rstrip(")")) for part in metadata(name)["query"].split("LIMIT ")[1:]
    ]
    assert len(limits) == 2
    assert min(limits) > most


@pytest.mark.parametrize(
    ("name", "index"), [("worker-interactive", "job_next_single"), ("worker-batch", "batch_turn")]
)
def test_what_waits_is_read_in_the_order_of_an_index_up_to_the_limit(name: str, index: str) -> None:
    shown = plan(name)
    assert index in shown
    assert "job_leased" in shown
    assert "Sort" not in shown
