"""GET /background-remover/stats."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.http import code
from tests.removal.factories import customer, row

URL = "/v1/background-remover/stats"

pytestmark = pytest.mark.django_db


def test_ones_own_jobs_credits_and_tiers(api: Client, owner: User) -> None:
    row(owner, tier="standard", credits_used=8)
    row(owner, tier="standard", status="failed")
    row(owner, tier="basic", status="queued")
    row(customer(), tier="standard", credits_used=25)
    data = api.get(URL).json()["data"]
    assert data["period"] == "30d"
    assert data["jobs"] == {
        "total": 3,
        "completed": 1,
        "failed": 1,
        "cancelled": 0,
        "unfinished": 1,
        "successRate": 50.0,
    }
    assert data["credits"] == {"used": 8, "available": 100, "costInIDR": 800}
    assert data["tierBreakdown"]["standard"] == {"count": 2, "percentage": 66.7, "creditsUsed": 8}
    assert data["tierBreakdown"]["industry"] == {"count": 0, "percentage": 0, "creditsUsed": 0}


@pytest.mark.parametrize(
    ("period", "jobs"), [("24h", 1), ("7d", 2), ("30d", 3), ("90d", 4), ("all", 5)]
)
def test_counts_what_was_made_in_the_period(
    api: Client, owner: User, period: str, jobs: int
) -> None:
    for days in (0, 3, 20, 60, 400):
        row(owner, created_at=timezone.now() - timedelta(days=days))
    assert api.get(URL, {"period": period}).json()["data"]["jobs"]["total"] == jobs


def test_the_month_begins_on_its_first_day(api: Client, owner: User) -> None:
    first = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    row(owner, created_at=first)
    row(owner, created_at=first - timedelta(microseconds=1))
    assert api.get(URL, {"period": "month"}).json()["data"]["jobs"]["total"] == 1


def test_strangers_and_staff_see_their_own(stranger: Client, staff: Client, owner: User) -> None:
    row(owner)
    for client in (stranger, staff):
        assert client.get(URL).json()["data"]["jobs"]["total"] == 0
    assert Client().get(URL).status_code == 401


def test_an_unknown_period_is_refused(api: Client) -> None:
    answer = api.get(URL, {"period": "year"})
    assert (answer.status_code, code(answer)) == (400, "INVALID_INPUT")
