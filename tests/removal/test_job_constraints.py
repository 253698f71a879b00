"""Constraints that the database enforces on every writer."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from removal.models import Job
from tests.removal.factories import row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "lost"},
        {"status": "queued", "completed_at": "2025-01-15T10:00:00Z"},
        {"status": "completed", "completed_at": None},
        {"status": "failed", "error_code": ""},
        {"status": "failed", "credits_used": 3},
        {"status": "queued", "result_key": "processed/x.png"},
        {"status": "processing", "lease_token": None},
        {"status": "completed", "credits_used": 26},
    ],
)
def test_illegal_rows(owner: User, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row(owner, **fields)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_terminal_state_cannot_be_left(owner: User, status: str) -> None:
    job = row(owner, status=status)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(status="queued", completed_at=None)


def test_one_job_per_user_and_key(owner: User) -> None:
    row(owner, idempotency_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        row(owner, idempotency_key="k")
