"""Deliveries as rows: stored once, claimed by one worker, completed once."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from common.outbound import callbacks
from common.workqueue import LeaseLost
from integrations.models import Delivery
from integrations.webhooks import backoff, outbox
from tests.integrations.webhooks.factories import delivery

pytestmark = pytest.mark.django_db


def claim() -> list[Delivery]:
    return outbox.QUEUE.claim(limit=10, now=timezone.now())


def fail(claimed: Delivery, *, final: bool = False, wished_s: int = 0) -> None:
    outbox.failed(
        claimed,
        {"response_status": 500},
        error="no",
        final=final,
        wished_s=wished_s,
        now=timezone.now(),
    )
    claimed.refresh_from_db()


def test_the_longest_address_has_room_in_the_index(owner: User) -> None:
    """The address is random text, because Postgres compresses regular text."""
    start = "https://example.com/"
    url = start + secrets.token_hex(callbacks.MAX_LENGTH // 2)[: callbacks.MAX_LENGTH - len(start)]
    assert callbacks.checked(url) == url
    assert delivery(owner, url=url, event="x" * 60, subject="s" * 40).url == url


def test_a_due_delivery_is_claimed_once(owner: User) -> None:
    waiting = delivery(owner)
    assert [one.pk for one in claim()] == [waiting.pk]
    assert claim() == []


@pytest.mark.django_db(transaction=True)
def test_claims_at_the_same_time_never_overlap(owner: User) -> None:
    for number in range(20):
        delivery(owner, subject=f"batch_{number}")

    def some() -> list[str]:
        try:
            return [one.public_id for one in outbox.QUEUE.claim(limit=5, now=timezone.now())]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        claimed = [one for part in threads.map(lambda _: some(), range(4)) for one in part]
    assert len(claimed) == len(set(claimed)) > 0


def test_a_claim_counts_as_an_attempt_and_ends_with_its_lease(owner: User) -> None:
    delivery(owner)
    claim()
    later = timezone.now() + outbox.LEASE + timedelta(seconds=1)
    (again,) = outbox.QUEUE.claim(limit=10, now=later)
    assert again.attempts == 2


def test_a_failure_is_tried_again_later(owner: User) -> None:
    delivery(owner)
    (claimed,) = claim()
    fail(claimed)
    assert (claimed.status, claimed.response_status, claimed.last_error) == ("pending", 500, "no")
    assert claimed.available_at > timezone.now()


def test_the_last_failure_is_the_end(owner: User) -> None:
    delivery(owner, attempts=backoff.MAX_ATTEMPTS - 1)
    (claimed,) = claim()
    fail(claimed)
    assert (claimed.status, claimed.ended_at is not None) == ("dead", True)


def test_a_last_attempt_that_never_ended_is_the_end_too(owner: User) -> None:
    waiting = delivery(owner, attempts=backoff.MAX_ATTEMPTS)
    assert claim() == []
    outbox.QUEUE.sweep(now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.status == "dead"


def test_an_outcome_that_comes_too_late_changes_nothing(owner: User) -> None:
    delivery(owner)
    (slow,) = claim()
    (fast,) = outbox.QUEUE.claim(limit=1, now=timezone.now() + 2 * outbox.LEASE)
    outbox.delivered(fast, {"response_status": 200}, now=timezone.now())
    with pytest.raises(LeaseLost):
        fail(slow)
    slow.refresh_from_db()
    assert (slow.status, slow.response_status) == ("delivered", 200)


def test_replaying_restarts_under_the_same_identifier(owner: User) -> None:
    dead = delivery(owner, status="dead", attempts=10, ended_at=timezone.now())
    outbox.replay(delivery_ids=[dead.pk], now=timezone.now())
    (claimed,) = claim()
    assert (claimed.public_id, claimed.attempts) == (dead.public_id, 1)


def test_old_deliveries_are_deleted(owner: User) -> None:
    long_ago = timezone.now() - outbox.KEPT - timedelta(days=1)
    delivery(owner, subject="batch_old", status="dead", ended_at=long_ago)
    kept = delivery(owner, status="dead", ended_at=timezone.now())
    waiting = delivery(owner, subject="batch_2")
    assert outbox.purge(now=timezone.now()) == 1
    assert set(Delivery.objects.all()) == {kept, waiting}
