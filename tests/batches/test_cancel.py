"""POST /background-remover/batch/{id}/cancel: what finished is kept and charged, nothing else."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches import finalize
from batches.models import Batch
from billing import ledger
from common import storage
from common.http.auth import Scope
from tests.accounts.factories import api_key_for
from tests.batches.factories import (
    break_down,
    claimed,
    ended,
    started,
    statuses,
    succeed,
    worked,
    zipped,
)

pytestmark = pytest.mark.django_db


def cancel(client: Client, batch: Batch) -> Any:
    answer = client.post(f"/v1/background-remover/batch/{batch.public_id}/cancel")
    batch.refresh_from_db()
    return answer


def test_before_any_work_it_ends_at_once_and_costs_nothing(api: Client, owner: User) -> None:
    batch = started(owner)
    answer = cancel(api, batch)
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "cancelled")
    assert answer.json()["data"]["progress"]["cancelledImages"] == 3
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert batch.zip_key == ""


def test_images_under_way_end_and_are_packed_and_charged(api: Client, owner: User) -> None:
    batch = started(owner, images=5)
    taken = claimed(batch, images=2)
    succeed(taken[0])
    answer = cancel(api, batch)
    assert answer.json()["data"]["status"] == "processing"
    assert answer.json()["data"]["cancelRequestedAt"]
    succeed(taken[1])
    finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
    zipped(batch)
    assert (batch.status, batch.credits_used, batch.cancelled_images) == ("cancelled", 6, 3)
    with zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key))) as archive:
        assert len(archive.namelist()) == 3
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=94, held=0)


def test_when_all_that_was_under_way_fails_nothing_is_charged(api: Client, owner: User) -> None:
    batch = started(owner)
    [taken] = claimed(batch)
    cancel(api, batch)
    break_down(taken)
    finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
    batch.refresh_from_db()
    assert (batch.status, batch.failed_images, batch.cancelled_images) == ("cancelled", 1, 2)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_twice_is_harmless(api: Client, owner: User) -> None:
    batch = started(owner)
    assert [cancel(api, batch).status_code for _ in range(2)] == [200, 200]


def test_twice_while_the_archive_is_written(api: Client, owner: User) -> None:
    batch = started(owner)
    succeed(claimed(batch)[0])
    assert [cancel(api, batch).json()["data"]["status"] for _ in range(2)] == ["zipping"] * 2


def test_too_late_once_every_image_has_ended(api: Client, owner: User) -> None:
    batch = worked(started(owner))
    answer = cancel(api, batch)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert answer.json()["error"]["details"] == {"batchId": batch.public_id, "status": "zipping"}


def test_too_late_when_it_has_ended(api: Client, owner: User) -> None:
    batch = ended(owner)
    assert cancel(api, batch).status_code == 409
    assert (batch.status, batch.credits_used) == ("completed", 9)


def test_others_find_nothing(stranger: Client, staff: Client, owner: User) -> None:
    batch = started(owner)
    assert [cancel(client, batch).status_code for client in (stranger, staff)] == [404, 404]
    assert statuses(batch) == ["queued"] * 3


def test_an_api_key_that_only_reads_may_not(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert cancel(Client(headers={"x-api-key": key}), started(owner)).status_code == 403
