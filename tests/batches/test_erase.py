"""DELETE /background-remover/batch/{id}, and of single images: nothing personal stays."""

import io
import zipfile
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client, TestCase
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches import settlement
from batches.archive import build, rebuild
from batches.archive.queue import QUEUE
from batches.models import Batch
from batches.settlement import Archive
from billing import ledger
from common import storage
from common.workqueue import LeaseLost
from removal.intake import Upload
from removal.models import Job
from tests.batches.factories import claimed, ended, started, statuses, succeed, worked, zipped
from tests.removal.conftest import Files
from tests.removal.factories import uploaded

pytestmark = pytest.mark.django_db


def erase(client: Client, batch: Batch) -> Any:
    answer = client.delete(f"/v1/background-remover/batch/{batch.public_id}")
    batch.refresh_from_db()
    return answer


def erase_image(client: Client, job: Job) -> None:
    assert client.delete(f"/v1/background-remover/jobs/{job.public_id}").status_code == 200


def download(client: Client, batch: Batch) -> Any:
    answer: Any = client.get(f"/v1/background-remover/batch/{batch.public_id}/download")
    answer.getvalue()
    return answer


def entries(batch: Batch) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key))) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def images(batch: Batch) -> list[Job]:
    return list(Job.objects.filter(batch_id=batch.pk).order_by("position"))


def test_every_file_goes(api: Client, owner: User, stored: Files) -> None:
    background = Upload(uploaded(), "beach.jpg")  # type: ignore[arg-type]
    batch = ended(owner, images=2, fail=1, background=background)
    assert len(list(stored)) == 5
    answer = erase(api, batch)
    assert answer.status_code == 200
    assert list(stored) == []
    assert (answer.json()["data"]["zipUrl"], answer.json()["data"]["zipSizeBytes"]) == (None, None)
    assert answer.json()["data"]["erasedAt"]


def test_rows_are_redacted_and_what_was_charged_stays(api: Client, owner: User) -> None:
    hook = "https://shop.example.com/?who=me"
    batch = ended(owner, name="Holiday", webhook_url=hook, fields={"bg_color": "red"})
    erase(api, batch)
    assert (batch.name, batch.webhook_url, batch.options, batch.zip_key) == ("", "", {}, "")
    assert (batch.request_id, batch.fingerprint, batch.idempotency_key) == ("", "", None)
    assert {(job.filename, job.original_key, job.result_key) for job in images(batch)} == {
        ("", "", "")
    }
    assert (batch.status, batch.credits_used) == ("completed", 9)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=91, held=0)


def test_a_batch_that_waits_is_cancelled(api: Client, owner: User, stored: Files) -> None:
    batch = started(owner)
    assert erase(api, batch).json()["data"]["status"] == "cancelled"
    assert list(stored) == []
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_images_under_way_are_cancelled_and_finished_ones_charged(api: Client, owner: User) -> None:
    batch = started(owner)
    done, taken = claimed(batch, images=2)
    succeed(done)
    erase(api, batch)
    assert statuses(batch) == ["completed", "cancelled", "cancelled"]
    assert (batch.status, batch.credits_used) == ("cancelled", 3)
    with pytest.raises(Exception, match=taken.public_id):
        succeed(taken)


def test_while_the_archive_is_written(api: Client, owner: User, stored: Files) -> None:
    batch = worked(started(owner))
    [held] = QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk))
    erase(api, batch)
    with pytest.raises(LeaseLost):
        settlement.close(
            batch_id=batch.pk, token=held.lease_token, archive=Archive("x", 1), now=timezone.now()
        )
    assert (batch.status, batch.credits_used, batch.zip_key) == ("cancelled", 9, "")
    assert list(stored) == []


def test_twice_is_harmless(api: Client, owner: User) -> None:
    batch = ended(owner)
    first = erase(api, batch).json()["data"]["erasedAt"]
    assert erase(api, batch).json()["data"]["erasedAt"] == first


def test_others_find_nothing(stranger: Client, staff: Client, owner: User) -> None:
    batch = ended(owner)
    assert [erase(client, batch).status_code for client in (stranger, staff)] == [404, 404]
    assert storage.exists(batch.zip_key)


def test_an_erased_image_leaves_no_copy_in_the_archive(api: Client, owner: User) -> None:
    batch = ended(owner)
    key = batch.zip_key
    erase_image(api, images(batch)[0])
    batch.refresh_from_db()
    assert not storage.exists(key)
    assert (batch.zip_key, batch.expired_at) == ("", None)
    assert storage.exists(images(batch)[1].result_key)


def test_the_archive_is_written_anew_without_the_erased_image(
    api: Client, owner: User, broker: Any
) -> None:
    batch = ended(owner)
    with TestCase.captureOnCommitCallbacks(execute=True):
        erase_image(api, images(batch)[0])
    assert b"batches.tasks.rebuild_zip" in b"".join(broker.lrange("delivery", 0, -1))
    answer = download(api, batch)
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "5")
    assert rebuild.run(batch_id=batch.pk)
    batch.refresh_from_db()
    assert entries(batch) == ["removed-image1.png", "removed-image2.png", "manifest.csv"]
    assert download(api, batch).status_code == 200
    assert (batch.status, batch.credits_used, batch.completed_images) == ("completed", 9, 3)
    assert not rebuild.run(batch_id=batch.pk)
    shown = api.get(f"/v1/background-remover/batch/{batch.public_id}/items").json()["data"]["items"]
    assert [item["zipName"] for item in shown] == [None, "removed-image1.png", "removed-image2.png"]


def test_erasing_another_image_meanwhile_begins_anew(
    api: Client, owner: User, stored: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ended(owner)
    erase_image(api, images(batch)[0])

    def written(*args: Any, **kwargs: Any) -> Archive:
        archive = write(*args, **kwargs)
        erase_image(api, images(batch)[1])
        return archive

    write = build.write
    with monkeypatch.context() as patch:
        patch.setattr(build, "write", written)
        rebuild.run(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.zip_key == ""
    assert not [name for name in stored if name.endswith(".zip")]
    rebuild.run(batch_id=batch.pk)
    batch.refresh_from_db()
    assert entries(batch) == ["removed-image2.png", "manifest.csv"]


def test_without_any_image_left_there_is_no_archive(api: Client, owner: User) -> None:
    batch = ended(owner)
    for job in images(batch):
        erase_image(api, job)
    batch.refresh_from_db()
    assert batch.expired_at is not None
    assert not rebuild.run(batch_id=batch.pk)
    assert download(api, batch).status_code == 410


def test_a_batch_that_is_erased_gets_no_new_archive(
    api: Client, owner: User, stored: Files
) -> None:
    batch = ended(owner)
    erase_image(api, images(batch)[0])
    erase(api, batch)
    assert not rebuild.run(batch_id=batch.pk)
    assert list(stored) == []


def test_an_archive_that_cannot_be_written_anew_is_gone(
    api: Client, owner: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ARCHIVE_MAX_ATTEMPTS = 1
    batch = ended(owner)
    erase_image(api, images(batch)[0])
    monkeypatch.setattr(build, "write", lambda *_, **__: 1 / 0)
    rebuild.run(batch_id=batch.pk)
    assert download(api, batch).status_code == 410


def test_an_image_erased_while_the_archive_is_written_is_left_out(api: Client, owner: User) -> None:
    batch = worked(started(owner))
    [held] = QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk))
    erase_image(api, images(batch)[0])
    with pytest.raises(LeaseLost):
        settlement.close(
            batch_id=batch.pk, token=held.lease_token, archive=Archive("x", 1), now=timezone.now()
        )
    zipped(batch)
    with zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key))) as archive:
        assert len(archive.namelist()) == 3
    assert (batch.status, batch.credits_used) == ("completed", 9)


def test_an_image_erased_before_its_turn_is_cancelled_and_free(api: Client, owner: User) -> None:
    batch = started(owner)
    erase_image(api, images(batch)[0])
    zipped(worked(batch))
    assert (batch.status, batch.credits_used, batch.cancelled_images) == ("completed", 6, 1)


def test_one_image_does_not_take_the_others_background(api: Client, owner: User) -> None:
    background = Upload(uploaded(), "beach.jpg")  # type: ignore[arg-type]
    batch = started(owner, background=background)
    erase_image(api, images(batch)[0])
    assert storage.exists(batch.background_key)
