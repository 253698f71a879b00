"""Expiry of files and keys by age."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches import erasure
from batches.creation.requests import BatchRequest
from batches.models import Batch
from common import storage
from removal.intake import Upload
from tests.batches.factories import batch_request, ended, started
from tests.removal.conftest import Files
from tests.removal.factories import uploaded

pytestmark = pytest.mark.django_db


def later(batch: Batch, **age: int) -> Batch:
    erasure.expire(now=timezone.now() + timedelta(**age))
    batch.refresh_from_db()
    return batch


def with_background() -> dict[str, Any]:
    return {"background": Upload(uploaded(), "beach.jpg")}  # type: ignore[arg-type]


def test_the_archive_goes_after_its_retention(owner: User) -> None:
    batch = ended(owner)
    key = batch.zip_key
    assert later(batch, hours=167).zip_key == key
    assert later(batch, hours=169).zip_key == ""
    assert not storage.exists(key)
    assert batch.expired_at is not None
    assert (batch.status, batch.credits_used) == ("completed", 9)


def test_the_background_goes_with_the_originals(owner: User) -> None:
    batch = ended(owner, **with_background())
    key = batch.background_key
    assert later(batch, hours=23).background_key == key
    assert later(batch, hours=25).background_key == ""
    assert not storage.exists(key)


def test_nothing_is_taken_from_a_batch_that_runs(owner: User) -> None:
    batch = started(owner, **with_background())
    assert storage.exists(later(batch, days=30).background_key)


def test_a_key_may_be_used_anew_after_a_day(owner: User) -> None:
    wanted: BatchRequest = batch_request(idempotency_key="k")
    batch = ended(owner, idempotency_key=wanted.idempotency_key)
    assert later(batch, hours=23).idempotency_key == "k"
    assert later(batch, hours=25).idempotency_key is None


def test_one_file_that_cannot_be_deleted_does_not_keep_the_others(
    owner: User, stored: Files, settings: Settings
) -> None:
    first, second = ended(owner), ended(owner)
    Batch.objects.filter(pk=first.pk).update(zip_key="../outside")
    assert later(second, hours=169).zip_key == ""


def test_backgrounds_that_nobody_names_are_reaped(owner: User, stored: Files) -> None:
    kept = started(owner, **with_background()).background_key
    folder = f"uploads/background-remover/{owner.public_id}"
    lost = f"{folder}/batch_01gone-background.jpg"
    storage.put(lost, b"x", content_type="image/jpeg")
    assert erasure.reap_backgrounds(now=timezone.now()) == 0
    assert erasure.reap_backgrounds(now=timezone.now() + timedelta(hours=2)) == 1
    assert kept in list(stored)
    assert lost not in list(stored)
