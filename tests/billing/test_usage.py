"""`GET /billing/usage` and `GET /billing/plans`."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger, services
from billing.models import Spending
from common.http.auth import Scope
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.accounts.http import get
from tests.billing.factories import hold_for, subscription_for, user_with

pytestmark = pytest.mark.django_db

URL = "/billing/usage"


@pytest.fixture
def owner() -> User:
    return user_with(100)


def usage(user: User, query: str = "") -> Any:
    return get(f"{URL}{query}", auth=bearer(user)).json()["data"]


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def test_the_last_thirty_days_without_gaps(owner: User) -> None:
    data = usage(owner)
    days = [date.fromisoformat(day["date"]) for day in data["days"]]
    assert len(days) == 30
    assert days == [days[0] + timedelta(days=offset) for offset in range(30)]
    assert (data["from"], data["to"]) == (days[0].isoformat(), days[-1].isoformat())


def test_credits_count_on_the_day_they_were_set_aside_for(owner: User) -> None:
    hold_for(owner, 10)
    Spending.objects.update(day=today() - timedelta(days=2))
    kept, released = hold_for(owner, 5), hold_for(owner, 50)
    ledger.settle_hold(hold_id=kept.pk, captures={"job_1": 3})
    ledger.release_hold(hold_id=released.pk)
    data = usage(owner)
    assert [day["credits"] for day in data["days"][-3:]] == [10, 0, 3]
    assert data["credits"] == 13


def test_images_of_the_subscription_are_counted_apart(owner: User) -> None:
    subscription_for(owner)
    services.reserve_single(
        user_id=owner.pk, tier="basic", reference="job_1", key="job:1", now=timezone.now()
    )
    last = usage(owner)["days"][-1]
    assert (last["credits"], last["imagesBySubscription"]) == (0, 1)


def test_a_span_can_be_chosen(owner: User) -> None:
    data = usage(owner, "?from=2025-01-30&to=2025-02-02")
    assert [day["date"] for day in data["days"]] == [
        "2025-01-30",
        "2025-01-31",
        "2025-02-01",
        "2025-02-02",
    ]


@pytest.mark.parametrize(
    "query",
    ["?from=2025-02-02&to=2025-01-30", "?from=2020-01-01&to=2025-01-30", "?from=soon", "?days=3"],
)
def test_an_impossible_span_is_refused(owner: User, query: str) -> None:
    assert get(f"{URL}{query}", auth=bearer(owner)).status_code == 400


@pytest.mark.parametrize("staff", [False, True])
def test_others_see_their_own(owner: User, staff: bool) -> None:
    hold_for(owner, 10)
    assert usage(UserFactory(is_staff=staff))["credits"] == 0


def test_nobody_sees_it_without_logging_in_or_the_scope(owner: User) -> None:
    auth = f"Bearer {api_key_for(owner, [Scope.REMOVAL_READ])}"
    assert (get(URL).status_code, get(URL, auth=auth).status_code) == (401, 403)


def test_the_plans_are_public(client: Client) -> None:
    plans = client.get("/v1/billing/plans").json()["data"]["plans"]
    assert [(plan["name"], plan["price"], plan["dailyQuota"]) for plan in plans] == [
        ("starter", 99_000, 50),
        ("pro", 299_000, 200),
    ]
