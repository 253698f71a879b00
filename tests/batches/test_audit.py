"""`manage.py audit_batches` finds what does not add up, whoever broke it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from batches import audit
from batches.models import Batch
from billing.audit import audit as audit_ledger
from removal.models import Job
from tests.batches.factories import claimed, ended, started, succeed, worked
from tests.removal.factories import customer

pytestmark = pytest.mark.django_db(transaction=True)


def breaches(**age: int) -> list[tuple[str, str]]:
    report = audit.audit(now=timezone.now() + timedelta(**age))
    return [(found.check, found.subject) for found in report.breaches]


def break_row(table: str, pk: int, change: str) -> None:
    """Write past triggers and constraints, as only a mistake in the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {change} WHERE id = {pk}")  # noqa: S608
        cursor.execute("SET session_replication_role = origin")


def test_batches_in_every_state_are_sound() -> None:
    user = customer(1000)
    started(user)
    claimed(started(user))
    worked(started(user))
    ended(user, images=21, fail=2, broken=1, tier="standard")
    worked(started(user), fail=3)
    started(user, images=0, broken=2)
    assert breaches(days=1) == []
    assert audit_ledger(now=timezone.now()).breaches == ()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("total_images = 4, completed_images = 4", {"images-missing", "counts-differ"}),
        (
            "completed_images = 2, failed_images = 1",
            {"counts-differ", "price-differs-from-formula"},
        ),
        (
            "credits_used = 3",
            {"charge-differs-from-images", "hold-differs", "price-differs-from-formula"},
        ),
        ("final_total = 10", {"hold-differs"}),
        ("our_failures = 1", {"reasons-differ"}),
        ("our_failures = 18", {"reasons-differ", "price-differs-from-formula"}),
        ("past_captured = 1", {"price-differs-from-formula"}),
        ("hold_id = hold_id + 1000", {"hold-differs", "captures-differ"}),
    ],
)
def test_a_batch_that_disagrees(owner: User, change: str, found: set[str]) -> None:
    batch = ended(owner)
    break_row("batches_batch", batch.pk, change)
    assert {check for check, _ in breaches()} == found
    assert {subject for _, subject in breaches()} == {batch.public_id}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("credits_used = 0", {"charge-differs-from-images", "captures-differ"}),
        ("public_id = 'job_other'", {"captures-differ"}),
        ("status = 'failed', error_code = 'X', credits_used = 0, result_key = '',"
         " settled_at = NULL",
         {"counts-differ", "reasons-differ", "charge-differs-from-images", "captures-differ"}),
    ],
)  # fmt: skip
def test_an_image_that_disagrees(owner: User, change: str, found: set[str]) -> None:
    batch = ended(owner)
    break_row("removal_job", Job.objects.filter(batch_id=batch.pk)[0].pk, change)
    assert {check for check, _ in breaches()} == found


def test_finds_a_batch_whose_images_ended_and_that_did_not_move_on(owner: User) -> None:
    batch = started(owner)
    for job in claimed(batch, images=3):
        succeed(job)
    assert breaches() == []
    assert breaches(hours=1) == [("not-ended", batch.public_id)]


def test_a_guard_that_is_switched_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE batches_batch DISABLE TRIGGER batches_batch_keep_ended")
        try:
            assert breaches() == [("guard-missing", "batches_batch_keep_ended")]
        finally:
            cursor.execute("ALTER TABLE batches_batch ENABLE TRIGGER batches_batch_keep_ended")


def test_the_command_says_so(owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    ended(owner)
    call_command("audit_batches")
    assert "sound: 1 checked" in capsys.readouterr().out


def test_the_command_fails_with_precise_findings(
    owner: User, capsys: pytest.CaptureFixture[str]
) -> None:
    break_row("batches_batch", ended(owner).pk, "credits_used = 3")
    with pytest.raises(SystemExit):
        call_command("audit_batches", "--json")
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["breaches"][0]["detail"] == "charged 3, but its images 9"
    assert Batch.objects.get().public_id == report["breaches"][0]["subject"]


def test_the_hourly_task_logs_every_breach(owner: User, caplog: pytest.LogCaptureFixture) -> None:
    batch = ended(owner)
    break_row("batches_batch", batch.pk, "credits_used = 3")
    audit.report(now=timezone.now())
    assert f"batch breach hold-differs at {batch.public_id}" in caplog.text
