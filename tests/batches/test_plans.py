"""Millions of jobs and batches that have ended do not slow down the work on those that wait.

Every statement of claiming, dispatching, sweeping and counting is explained by Postgres over tables
of which nearly all has ended: none may read them from end to end.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from batches import worker
from batches.models import Batch
from batches.scheduling import dispatch, queue_depth, sweeper, turns
from removal import bulk, claims
from removal import sweeper as singles
from removal.models import Job
from tests.batches.archive.factories import bare
from tests.removal.factories import NOW, row

pytestmark = pytest.mark.django_db

ENDED_JOBS, ENDED_BATCHES = 12_000, 3_000
SLOW = ("Seq Scan on removal_job", "Seq Scan on batches_batch")


@pytest.fixture
def history(owner: User) -> None:
    """Much that has ended, and a little of everything that waits."""
    job = row(owner, status="completed", created_at=NOW)
    batch = bare(
        owner, total_images=1, status="completed", completed_at=NOW, notified_at=NOW,
        completed_images=1, failed_images=0, cancelled_images=0,
    )  # fmt: skip
    _multiply(job, ENDED_JOBS, {"public_id": "'job_' || n"})
    _multiply(batch, ENDED_BATCHES, {"public_id": "'batch_' || n"})
    for _ in range(3):
        row(owner, status="queued", created_at=NOW)
        open_one = bare(owner, total_images=2, status="processing", created_at=NOW)
        for position in range(2):
            row(owner, status="queued", batch_id=open_one.pk, position=position, created_at=NOW)
        Batch.objects.filter(pk=open_one.pk).update(waiting_images=2)
        bare(owner, total_images=2, status="zipping", created_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE removal_job")
        cursor.execute("ANALYZE batches_batch")


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: worker.take(now=NOW), id="claim of images"),
        pytest.param(lambda: claims.claim(now=NOW), id="claim of a single"),
        pytest.param(dispatch.chunks_to_start, id="dispatch"),
        pytest.param(bulk.in_flight, id="images with workers"),
        pytest.param(lambda: list(turns.in_order()), id="turns"),
        pytest.param(lambda: sweeper.sweep(now=NOW + timedelta(hours=1)), id="sweep of batches"),
        pytest.param(lambda: singles.sweep(now=NOW + timedelta(hours=1)), id="sweep of singles"),
        pytest.param(lambda: queue_depth.waiting(now=NOW), id="depth"),
    ],
)
def test_ended_rows_are_not_read(history: None, work: Callable[[], object]) -> None:
    worker.take(now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    plans = {query["sql"]: _plan(query["sql"]) for query in captured.captured_queries}
    assert any("Index" in plan for plan in plans.values())
    slow = {sql: plan for sql, plan in plans.items() if any(bad in plan for bad in SLOW)}
    assert slow == {}


def _plan(sql: str) -> str:
    if not sql.startswith(("SELECT", "UPDATE", "\n    SELECT")):
        return ""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql.replace('%', '%%')}", [])
        return "\n".join(str(line) for (line,) in cursor.fetchall())


def _multiply(template: Job | Batch, times: int, changed: dict[str, str]) -> None:
    """Copies of a row, made by Postgres itself."""
    table = template._meta.db_table
    fields = template._meta.concrete_fields
    columns = [str(field.column) for field in fields if field.column != "id"]
    values = ", ".join(changed.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table},"  # noqa: S608
            f" generate_series(1, {times}) n WHERE id = %s",
            [template.pk],
        )
