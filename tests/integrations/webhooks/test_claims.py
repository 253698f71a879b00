"""Shares of destinations and accounts among the attempts under way."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from integrations.models import Delivery
from integrations.webhooks import claims
from integrations.webhooks.claims import PER_ACCOUNT, PER_DESTINATION, Claimer
from tests.accounts.factories import UserFactory
from tests.integrations.webhooks.factories import delivery, endpoint

pytestmark = pytest.mark.django_db


def waiting(user: User, host: str, count: int, **fields: Any) -> None:
    for number in range(count):
        delivery(user, url=f"https://{host}/", subject=f"job_{number}", **fields)


def claim(limit: int = 64, claimer: Claimer | None = None) -> list[Delivery]:
    return (claimer or Claimer()).claim(now=timezone.now(), limit=limit)


def test_a_destination_gets_no_more_than_its_share(owner: User) -> None:
    waiting(owner, "a.example.com", PER_DESTINATION + 3)
    assert len(claim()) == PER_DESTINATION
    assert claim() == []


def test_an_account_gets_no_more_than_its_share(owner: User) -> None:
    for number in range(5):
        waiting(owner, f"{number}.example.com", PER_DESTINATION)
    assert len(claim()) == PER_ACCOUNT
    assert claim() == []
    waiting(UserFactory(), "other.example.com", 1)
    assert len(claim()) == 1


def test_the_endpoints_of_two_accounts_on_one_host_have_a_share_each(owner: User) -> None:
    for user in (owner, UserFactory()):
        made = endpoint(user).endpoint
        waiting(user, "example.com", PER_DESTINATION, endpoint=made)
    assert len(claim()) == 2 * PER_DESTINATION


def test_each_destination_has_its_first_before_anybody_has_a_second(owner: User) -> None:
    earlier = timezone.now() - timedelta(hours=1)
    waiting(owner, "a.example.com", 5, available_at=earlier)
    waiting(owner, "b.example.com", 1)
    waiting(owner, "c.example.com", 1)
    assert len({each.destination for each in claim(limit=3)}) == 3


def test_the_longest_due_of_a_destination_goes_first(owner: User) -> None:
    now = timezone.now()
    for number in (1, 3, 2):
        moment = now - timedelta(minutes=number)
        delivery(owner, subject=f"job_{number}", available_at=moment)
    assert [each.subject for each in claim()] == ["job_3", "job_2", "job_1"]


def test_an_attempt_that_ends_makes_room_for_the_next(owner: User) -> None:
    waiting(owner, "a.example.com", PER_DESTINATION + 1)
    first = claim()[0]
    Delivery.objects.filter(pk=first.pk).update(
        status="delivered", ended_at=timezone.now(), lease_token=None, lease_expires_at=None
    )
    assert len(claim()) == 1


def test_a_lease_that_has_ended_takes_no_share(owner: User) -> None:
    waiting(owner, "a.example.com", PER_DESTINATION)
    claim()
    later = timezone.now() + timedelta(minutes=2)
    assert len(Claimer().claim(now=later, limit=64)) == PER_DESTINATION


def test_a_worker_goes_round_all_destinations(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_AT_ONCE", 3)
    for number in range(8):
        waiting(owner, f"{number}.example.com", 2)
    claimer = Claimer()
    claimed = [one for _ in range(16) for one in claim(limit=1, claimer=claimer)]
    assert len({each.pk for each in claimed}) == 16
    assert Counter(each.destination for each in claimed[:8]).most_common(1)[0][1] == 1
    assert claim(claimer=claimer) == []


@pytest.mark.parametrize("at_once", [1, 2, 3, 4, 100])
def test_one_claim_finds_everything_however_the_destinations_fall_into_pages(
    owner: User, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(claims, "_AT_ONCE", at_once)
    for number in range(4):
        waiting(owner, f"{number}.example.com", 2)
    claimer = Claimer()
    first = claim(limit=3, claimer=claimer)
    assert len(first) + len(claim(claimer=claimer)) == 8


def test_rows_of_the_release_before_are_claimed_too(owner: User) -> None:
    delivery(owner, destination="")
    assert len(claim()) == 1
