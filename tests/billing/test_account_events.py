"""Events of credits and quotas that billing reports to the apps above."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import ledger, services
from billing.mails.credits import notice_low
from billing.quotas import services as quotas
from billing.signals import account_event
from tests.billing.factories import fresh_key, subscription_for, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """The arguments of each event, as they are sent."""
    events: list[dict[str, Any]] = []

    def hear(**event: Any) -> None:
        assert transaction.get_connection().in_atomic_block
        events.append(event)

    account_event.connect(hear)
    yield events
    account_event.disconnect(hear)


def take(user: User, count: int) -> None:
    ledger.adjust(user_id=user.pk, credits=-count, key=fresh_key(), reason="Used", actor_id=None)


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_few_credits_are_an_event_once_per_fall(events: list[dict[str, Any]]) -> None:
    user = user_with(100)
    take(user, 90)
    for _ in range(2):
        notice_low(now=timezone.now())
    (event,) = events
    assert (event["event"], event["user_id"]) == ("credits.low", user.pk)
    assert event["data"] == {"available": 10}


def test_a_used_up_quota_is_an_event_once_a_day(events: list[dict[str, Any]]) -> None:
    user = user_with(0)
    subscription_for(user, "starter")
    for number in range(50):
        assert names(events) == []
        reserve(user, number)
    quotas.give_back(key="used:49", now=timezone.now())
    reserve(user, 50)
    assert names(events) == ["quota.reached", "quota.reached"]
    assert events[0]["key"] == events[1]["key"]
    assert events[0]["data"] == {"used": 50, "limit": 50}


def reserve(user: User, number: int) -> None:
    services.reserve_single(
        user_id=user.pk, tier="basic", reference="job", key=f"used:{number}", now=timezone.now()
    )
