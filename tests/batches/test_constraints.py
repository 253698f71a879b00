"""Constraints that the database enforces on every writer."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from batches.models import Batch
from tests.batches.factories import ended, started, worked

pytestmark = pytest.mark.django_db


def refused(batch: Batch, **fields: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "lost"},
        {"status": "completed"},
        {"status": "cancelled", "completed_at": timezone.now()},
        {"credits_used": 3},
        {"zip_key": "batches/x.zip"},
        {"lease_token": uuid4()},
        {"lease_token": uuid4(), "lease_expires_at": timezone.now()},
        {"hold_id": None},
        {"final_total": 0},
    ],
)
def test_illegal_rows(owner: User, fields: dict[str, Any]) -> None:
    refused(started(owner), **fields)


def test_counts_must_add_up_at_the_end(owner: User) -> None:
    batch = worked(started(owner))
    counts = {"completed_images": 2, "failed_images": 0, "cancelled_images": 0}
    refused(batch, status="completed", completed_at=timezone.now(), **counts)


def test_a_failure_needs_a_reason(owner: User) -> None:
    batch = worked(started(owner))
    counts = {"completed_images": 3, "failed_images": 0, "cancelled_images": 0}
    refused(batch, status="failed", completed_at=timezone.now(), error_code="", **counts)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "zipping", "completed_at": None},
        {"status": "failed", "error_code": "X", "zip_key": ""},
        {"credits_used": 0},
        {"completed_images": 2, "failed_images": 1},
        {"final_total": 10},
        {"hold_id": 1_000_000},
    ],
)
def test_an_ended_batch_never_changes(owner: User, fields: dict[str, Any]) -> None:
    refused(ended(owner), **fields)


def test_a_failed_batch_cannot_be_revived(owner: User) -> None:
    batch = worked(started(owner), fail=3)
    nothing = {"completed_images": None, "failed_images": None, "cancelled_images": None}
    refused(batch, status="pending", completed_at=None, **nothing)


def test_files_of_an_ended_batch_may_go(owner: User) -> None:
    batch = ended(owner)
    Batch.objects.filter(pk=batch.pk).update(zip_key="", expired_at=timezone.now())


def test_one_retry_per_batch(owner: User) -> None:
    parent, first, second = (started(owner) for _ in range(3))
    Batch.objects.filter(pk=first.pk).update(retry_of=parent)
    refused(second, retry_of=parent)
