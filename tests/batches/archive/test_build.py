"""The money and the archive of a batch appear together, once, whatever happens on the way."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from batches import settlement
from batches.archive import build, orphans, writer
from batches.archive.queue import QUEUE
from batches.models import Batch
from billing import ledger
from common import storage
from tests.batches.archive.factories import PRICE, archive_of, stored_archives, zipping

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(owner: User) -> Batch:
    made, _ = zipping(owner, results=[b"one", b"two"], failed=1)
    return made


def balance(user: User) -> tuple[int, int]:
    found = ledger.balance(user_id=user.pk)
    return found.available, found.held


def later(seconds: float) -> Callable[[], datetime]:
    moment = timezone.now() + timedelta(seconds=seconds)
    return lambda: moment


def break_at(piece: int, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Calls `then` once, when the writer has made so many pieces."""
    whole = writer.pieces

    def pieces(images: Any, **options: Any) -> Iterator[bytes]:
        for number, data in enumerate(whole(images, **options)):
            if number == piece:
                monkeypatch.setattr(writer, "pieces", whole)
                then()
            yield data

    monkeypatch.setattr(writer, "pieces", pieces)


def fail() -> None:
    raise OSError("no space left")


def test_the_archive_is_published_with_the_money(owner: User, batch: Batch) -> None:
    assert build.build(batch_id=batch.pk)
    archive = archive_of(batch)
    assert archive.namelist() == ["removed-photo 0.png", "removed-photo 1.png", "manifest.csv"]
    assert (batch.status, batch.zip_size) == ("completed", storage.size(batch.zip_key))
    assert (batch.completed_images, batch.failed_images) == (2, 1)
    assert balance(owner) == (100 - 2 * PRICE, 0)
    assert stored_archives() == [batch.zip_key]


def test_a_second_message_does_nothing(owner: User, batch: Batch) -> None:
    build.build(batch_id=batch.pk)
    assert not build.build(batch_id=batch.pk)
    assert balance(owner) == (100 - 2 * PRICE, 0)
    assert len(stored_archives()) == 1


def test_a_batch_that_was_cancelled_keeps_what_was_finished(owner: User) -> None:
    batch, _ = zipping(owner, results=[b"one"], cancel_requested_at=timezone.now())
    build.build(batch_id=batch.pk)
    assert archive_of(batch).namelist() == ["removed-photo 0.png", "manifest.csv"]
    assert batch.status == "cancelled"


def test_an_image_erased_meanwhile_is_left_out(owner: User) -> None:
    batch, [first, _] = zipping(owner, results=[b"one", b"two"])
    storage.delete(first.result_key)
    build.build(batch_id=batch.pk)
    assert archive_of(batch).namelist() == ["removed-photo 1.png", "manifest.csv"]


def test_an_attempt_that_fails_leaves_nothing_and_is_repeated_after_a_pause(
    owner: User, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(4, monkeypatch, fail)
    assert build.build(batch_id=batch.pk)
    assert stored_archives() == []
    assert not build.build(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.attempts, batch.last_error) == (1, "OSError: no space left")
    assert build.build(batch_id=batch.pk, clock=later(6))
    assert archive_of(batch).namelist()[-1] == "manifest.csv"
    assert balance(owner) == (100 - 2 * PRICE, 0)


def test_after_the_last_attempt_the_batch_fails_and_nobody_pays(
    owner: User, batch: Batch, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ARCHIVE_MAX_ATTEMPTS = 2
    for seconds in (0, 6):
        break_at(4, monkeypatch, fail)
        assert build.build(batch_id=batch.pk, clock=later(seconds))
    batch.refresh_from_db()
    assert (batch.status, batch.error_code, batch.zip_key) == ("failed", "ARCHIVE_FAILED", "")
    assert balance(owner) == (100, 0)
    assert stored_archives() == []


def test_workers_that_die_use_up_attempts_too(owner: User, batch: Batch, settings: Any) -> None:
    settings.ARCHIVE_MAX_ATTEMPTS = 1
    QUEUE.claim(now=timezone.now(), only=Q(pk=batch.pk))
    assert not build.build(batch_id=batch.pk, clock=later(1000))
    assert build.sweep(now=later(1000)()).given_up == 1
    batch.refresh_from_db()
    assert batch.status == "failed"
    assert balance(owner) == (100, 0)


def test_leftovers_of_dead_writers_are_deleted(batch: Batch) -> None:
    left = f"batches/{batch.public_id}-{'0' * 32}.zip"
    storage.put(left, b"half", content_type="application/zip")
    other = f"batches/batch_other-{'0' * 32}.zip"
    storage.put(other, b"of another batch", content_type="application/zip")
    build.build(batch_id=batch.pk)
    batch.refresh_from_db()
    assert sorted(stored_archives()) == sorted([batch.zip_key, other])


def test_a_writer_that_lost_its_lease_leaves_the_other_archive(
    owner: User, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtake() -> None:
        assert build.build(batch_id=batch.pk, clock=later(1000))

    break_at(4, monkeypatch, overtake)
    build.build(batch_id=batch.pk)
    assert archive_of(batch).namelist()[-1] == "manifest.csv"
    assert stored_archives() == [batch.zip_key]
    assert balance(owner) == (100 - 2 * PRICE, 0)


def test_a_writer_that_lost_its_lease_deletes_nothing_of_the_other(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = orphans.of

    def stall(row: Batch) -> orphans.Leftovers:
        monkeypatch.setattr(orphans, "of", listed)
        assert build.build(batch_id=batch.pk, clock=later(1000))
        return listed(row)

    monkeypatch.setattr(orphans, "of", stall)
    build.build(batch_id=batch.pk)
    assert archive_of(batch)
    assert stored_archives() == [batch.zip_key]


def test_a_writer_notices_that_its_lease_is_gone(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking = iter(timezone.now() + timedelta(seconds=40 * n) for n in range(1000))
    lost = {"lease_token": None, "lease_expires_at": None}
    break_at(4, monkeypatch, lambda: Batch.objects.filter(pk=batch.pk).update(**lost))
    build.build(batch_id=batch.pk, clock=lambda: next(ticking))
    batch.refresh_from_db()
    assert (batch.status, batch.attempts) == ("zipping", 1)
    assert stored_archives() == []


def test_the_lease_lasts_while_the_archive_is_written(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LEASE_S = 120
    start = timezone.now()
    ticking = iter(start + timedelta(seconds=20 * n) for n in range(1000))
    monkeypatch.setattr(writer, "pieces", lambda images: iter([b"piece"] * 30))
    seen = []

    def close(*, token: Any, now: datetime, **_: Any) -> None:
        row = Batch.objects.get(pk=batch.pk)
        seen.append((row.lease_token == token, row.lease_expires_at and row.lease_expires_at > now))

    monkeypatch.setattr(settlement, "close", close)
    build.build(batch_id=batch.pk, clock=lambda: next(ticking))
    assert seen == [(True, True)]


def test_a_close_that_worked_but_seemed_to_fail_keeps_the_archive(
    owner: User, batch: Batch, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ARCHIVE_MAX_ATTEMPTS = 1
    close = settlement.close

    def lossy(**fields: Any) -> None:
        monkeypatch.setattr(settlement, "close", close)
        close(**fields)
        raise OSError("the answer got lost")

    monkeypatch.setattr(settlement, "close", lossy)
    build.build(batch_id=batch.pk)
    assert archive_of(batch)
    assert balance(owner) == (100 - 2 * PRICE, 0)
