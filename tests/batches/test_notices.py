from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from batches import notices
from batches.archive import build
from batches.errors import FAILURES, FailureCode
from batches.models import Batch
from batches.signals import batch_closed
from common.mail import delivery, messages, preferences
from common.models import OutgoingMail
from tests.batches.archive.factories import bare, zipping
from tests.removal.conftest import media, owner

__all__ = ["media", "owner"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def received() -> Iterator[list[int]]:
    """The batches that a receiver of the signal got."""
    found: list[int] = []

    def receive(*, batch_id: int, **_: Any) -> None:
        found.append(batch_id)

    batch_closed.connect(receive, weak=False)
    yield found
    batch_closed.disconnect(receive)


@pytest.fixture
def batch(owner: User) -> Batch:
    batch, _ = zipping(owner, results=[b"one", b"two"], failed=1, name="Spring <shoes>")
    build.build(batch_id=batch.pk)
    return batch


def send(batch: Batch, minutes: float = 0) -> bool:
    """Tell of the end, and send the mail that this writes."""
    now = timezone.now() + timedelta(minutes=minutes)
    sent = notices.send(batch_id=batch.pk, now=now)
    delivery.send_due()
    return sent


def sent() -> tuple[str, str]:
    """Text and HTML of the only mail."""
    [message] = outbox.outbox
    assert isinstance(message, outbox.EmailMultiAlternatives)
    [html] = message.alternatives
    return str(message.body), str(html[0])


def test_the_owner_reads_how_it_ended(owner: User, batch: Batch) -> None:
    assert send(batch)
    text, html = sent()
    assert outbox.outbox[0].to == [owner.email]
    assert outbox.outbox[0].subject == "Your 2 images are ready"
    assert "the batch that you named “Spring <shoes>” is done. 2 of 3 images finished." in text
    assert "- odd.txt: The image cannot be read" in text
    assert "Charged: 6 credits. Given back: 3 credits." in text
    assert "“Spring &lt;shoes&gt;” is done." in html
    assert "odd.txt: The image cannot be read" in html


def test_an_indonesian_reads_why_images_failed_in_indonesian(owner: User, batch: Batch) -> None:
    preferences.change(user_id=owner.pk, language="id")
    send(batch)
    for part in sent():
        assert "odd.txt: File bukan gambar yang dapat dibaca" in part
    assert outbox.outbox[0].subject == "2 gambar Anda sudah siap"


def test_an_indonesian_reads_why_a_batch_failed_in_indonesian(owner: User) -> None:
    ended = {"completed_images": 0, "failed_images": 2, "cancelled_images": 0}
    why = {"error_code": "ARCHIVE_FAILED", "error_message": FAILURES[FailureCode.ARCHIVE_FAILED]}
    batch = bare(owner, total_images=2, status="failed", completed_at=timezone.now(),
                 **why, **ended)  # fmt: skip
    with translation.override("id"):
        message = notices.message(batch, failures=[], now=timezone.now())
        assert "Arsip tidak dapat dibuat" in messages.render(message, to=owner.email).text


def test_the_link_opens_without_login_until_the_archive_is_deleted(
    batch: Batch, settings: Any
) -> None:
    settings.BASE_URL = "http://testserver"
    send(batch)
    text, html = sent()
    [line] = [line for line in text.splitlines() if line.startswith("http://testserver/batches")]
    assert line.replace("&", "&amp;") in html
    response: Any = Client().get(line.removeprefix("http://testserver"))
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"PK")
    expires = int(line.partition("expires=")[2].partition("&")[0])
    batch.refresh_from_db()
    assert batch.completed_at
    kept = batch.completed_at + timedelta(hours=settings.RETENTION_RESULTS_H)
    assert 0 <= kept.timestamp() - expires <= 2


def test_only_some_of_many_failures_are_named(owner: User) -> None:
    batch, _ = zipping(owner, results=[b"one"], failed=12)
    build.build(batch_id=batch.pk)
    send(batch)
    text, _ = sent()
    assert text.count("- odd.txt") == notices.SHOWN_FAILURES
    assert "- and 2 more" in text


def test_a_failed_batch_has_no_link(owner: User) -> None:
    ended = {"completed_images": 0, "failed_images": 2, "cancelled_images": 0}
    batch = bare(owner, total_images=2, status="failed", completed_at=timezone.now(),
                 error_code="BATCH_FAILED", error_message="Nothing worked", **ended)  # fmt: skip
    send(batch)
    text, _ = sent()
    assert "Nothing worked" in text
    assert "/batches/" not in text


def test_a_notice_is_sent_once(batch: Batch, received: list[int]) -> None:
    assert send(batch)
    assert not send(batch)
    assert received == [batch.pk]
    assert len(outbox.outbox) == 1


def test_two_messages_at_the_same_moment_send_one_notice(batch: Batch) -> None:
    others: list[bool] = []

    def receive(**_: Any) -> None:
        others.append(notices.send(batch_id=batch.pk, now=timezone.now()))

    batch_closed.connect(receive, weak=False)
    try:
        assert send(batch)
    finally:
        batch_closed.disconnect(receive)
    assert others == [False]
    assert len(outbox.outbox) == 1


def test_a_running_batch_has_no_notice(owner: User, received: list[int]) -> None:
    batch, _ = zipping(owner, results=[b"one"])
    assert not send(batch)
    assert (received, outbox.outbox) == ([], [])


def test_a_failed_receiver_gets_the_signal_again_and_delays_no_mail(batch: Batch) -> None:
    def receive(**_: Any) -> None:
        raise ValueError("not now")

    batch_closed.connect(receive, weak=False)
    try:
        with pytest.raises(ValueError, match="not now"):
            send(batch)
    finally:
        batch_closed.disconnect(receive)
    delivery.send_due()
    assert not send(batch), "it waits"
    assert send(batch, minutes=2)
    assert len(outbox.outbox) == 1


def test_the_link_is_made_when_the_mail_is_sent(batch: Batch) -> None:
    notices.send(batch_id=batch.pk, now=timezone.now())
    assert OutgoingMail.objects.get().context == {"batch": batch.public_id}


def test_an_erased_batch_has_no_notice(batch: Batch) -> None:
    notices.send(batch_id=batch.pk, now=timezone.now())
    Batch.objects.filter(pk=batch.pk).update(erased_at=timezone.now())
    assert delivery.send_due() == 0
    assert OutgoingMail.objects.get().status == "dropped"


def test_an_unverified_address_gets_no_mail(
    owner: User, batch: Batch, received: list[int], settings: Any
) -> None:
    settings.VERIFY_EMAIL = True
    assert send(batch)
    assert (received, outbox.outbox) == ([batch.pk], [])


def test_text_chosen_by_the_caller_has_no_links(owner: User) -> None:
    name = "Your card was declined! Pay now https://evil.example/pay"
    batch, _ = zipping(owner, results=[b"one"], failed=1, name=name)
    build.build(batch_id=batch.pk)
    send(batch)
    for part in sent():
        assert "Your card was declined! Pay now …" in part
        assert "evil.example" not in part


def test_a_user_who_left_gets_no_mail(owner: User, batch: Batch, received: list[int]) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert send(batch)
    assert (received, outbox.outbox) == ([batch.pk], [])


def test_the_sweeper_dispatches_a_notice_until_it_is_sent(batch: Batch) -> None:
    now = timezone.now()

    def swept(minutes: float) -> int:
        return notices.QUEUE.sweep(now=now + timedelta(minutes=minutes)).dispatched

    assert [swept(minutes) for minutes in (0, 2, 2.5, 3)] == [0, 1, 0, 1]
    send(batch)
    assert swept(5) == 0


def test_receivers_that_never_take_it_are_given_up(batch: Batch) -> None:
    def receive(**_: Any) -> None:
        raise ValueError("never")

    batch_closed.connect(receive, weak=False)
    try:
        for hours in range(30):
            with pytest.raises(ValueError, match="never"):
                send(batch, minutes=hours * 61)
    finally:
        batch_closed.disconnect(receive)
    assert not send(batch, minutes=31 * 61)
    batch.refresh_from_db()
    assert (batch.notified_at is None, batch.last_error) == (False, "ValueError")
