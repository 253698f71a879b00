"""Forty events to a receiver that fails, hangs and is restarted; `benchmarks.webhooks` in small."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from benchmarks.webhooks import Receiver, free_port
from common.outbound import callbacks
from integrations.models import Delivery, Event
from integrations.webhooks import sender
from tests.accounts.factories import UserFactory
from tests.integrations.webhooks.factories import endpoint, record
from tests.removal.server import Server

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EVENTS, OTHERS = 40, 5


def test_each_event_arrives_signed_and_others_are_not_kept_from_theirs(
    owner: User, receiver: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(callbacks, "TIMEOUT_S", 0.5)
    # Fewer than the attempts that an event has, so that each arrives in the end.
    options = ("--fail=0.3", "--hang=0.05", "--hang-s=2", "--most=6")
    bad = Receiver(free_port(), tmp_path / "log", options)
    bad.secret = endpoint(owner, url=f"http://127.0.0.1:{bad.port}/").secret
    other = UserFactory()
    endpoint(other, url=receiver.url)
    for _ in range(EVENTS):
        record(owner)
    for _ in range(OTHERS):
        record(other)
    try:
        bad.start()
        rounds(1)
        assert len(receiver.seen) == OTHERS
        bad.kill()
        rounds(1, begin=1)
        bad.start()
        rounds(9, begin=2)
    finally:
        bad.kill()
    outcomes = Counter(outcome for _, _, outcome in bad.lines())
    assert outcomes["forged"] == 0
    assert outcomes["failed"] > 0
    of_owner = Event.objects.filter(user=owner).values_list("public_id", flat=True)
    assert set(bad.accepted()) == set(of_owner)
    assert not Delivery.objects.exclude(status="delivered").exists()


def rounds(count: int, *, begin: int = 0) -> None:
    """Runs of a worker, each ten hours later: longer than the longest pause of the back-off."""
    for number in range(begin, begin + count):
        later = timedelta(hours=10 * number)
        sender.deliver_due(clock=lambda later=later: timezone.now() + later, for_s=30)  # type: ignore[misc]
