"""GET /background-remover/admin/stats."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from adminstats import platform, rollups
from adminstats.periods import Period
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.accounts.http import code, get
from tests.adminstats.factories import bill, counted, job, order, scattered
from tests.billing.factories import subscription_for
from tests.removal.factories import customer, row

URL = "/v1/background-remover/admin/stats"

pytestmark = pytest.mark.django_db


def asked(client: Client, period: str | None = None, url: str = URL) -> dict[str, Any]:
    answer = client.get(url, {"period": period} if period else {})
    assert answer.status_code == 200, answer.content
    return dict(answer.json()["data"])


def test_the_documented_shape_with_nothing_there(staff: Client) -> None:
    assert asked(staff, "30d") == {
        "period": "30d",
        "jobs": {
            "total": 0,
            "completed": 0,
            "failed": 0,
            "cancelled": 0,
            "unfinished": 0,
            "successRate": 0.0,
        },
        "usage": {"totalCreditsUsed": 0, "totalRevenue": 0, "avgCreditsPerJob": 0},
        "payments": {"credits": 0, "subscriptions": 0, "returned": 0, "net": 0},
        "users": {"registered": 1},
        "failures": [],
        "badResults": {"total": 0, "basic": 0, "standard": 0, "professional": 0, "industry": 0},
        "tierBreakdown": {
            tier: {"count": 0, "percentage": 0}
            for tier in ("basic", "standard", "professional", "industry")
        },
        "subscriptions": {"active": 0, "starter": 0, "pro": 0, "mrr": 0},
    }


def test_computes_what_the_documentation_shows(staff: Client, owner: User) -> None:
    now = timezone.now()
    for tier, status, credits in [
        ("basic", "completed", 3),
        ("standard", "completed", 8),
        ("professional", "failed", 15),
    ]:
        job(owner, tier, status, now - timedelta(hours=1), credits)
    row(owner, status="queued", tier="basic")
    data = asked(staff)
    assert data["period"] == "30d"
    assert data["jobs"] == {
        "total": 4,
        "completed": 2,
        "failed": 1,
        "cancelled": 0,
        "unfinished": 1,
        "successRate": 66.7,
    }
    assert data["usage"] == {
        "totalCreditsUsed": 11,
        "totalRevenue": 1100,
        "avgCreditsPerJob": 2.8,
    }
    assert data["tierBreakdown"]["basic"] == {"count": 2, "percentage": 50}


def test_mrr_is_the_sum_of_the_live_prices(staff: Client) -> None:
    subscription_for(customer(), "starter")
    subscription_for(customer(), "pro")
    overdue = timezone.now() + timedelta(days=2)
    subscription_for(customer(), "pro", status="past_due", grace_until=overdue)
    subscription_for(customer(), "pro", status="canceled")
    subscription_for(customer(), "pro", status="incomplete")
    assert asked(staff)["subscriptions"] == {
        "active": 3,
        "starter": 1,
        "pro": 2,
        "mrr": 99_000 + 2 * 299_000,
    }


def test_money_is_what_was_paid_and_not_returned(staff: Client, owner: User) -> None:
    order(owner, 150_000, lost=50_000)
    order(owner, 20_000, age=timedelta(days=31))
    order(owner, 70_000, paid=False)
    bill(owner, 99_000)
    bill(owner, 299_000, lost=299_000)
    bill(owner, 150_000, order_id="order_of_the_first")
    assert asked(staff)["payments"] == {
        "credits": 150_000,
        "subscriptions": 99_000 + 299_000,
        "returned": 50_000 + 299_000,
        "net": 100_000 + 99_000,
    }
    assert asked(staff, "all")["payments"]["net"] == 100_000 + 99_000 + 20_000


@pytest.mark.parametrize("rolled_up", [False, True], ids=["live", "rolled up"])
def test_failures_and_sign_ups_are_counted(owner: User, rolled_up: bool) -> None:
    now = timezone.now()
    for days, error in ((1, "TIMEOUT"), (2, "TIMEOUT"), (3, "INTERNAL_ERROR"), (40, "OLD")):
        made = job(owner, "basic", "failed", now - timedelta(days=days))
        Job.objects.filter(pk=made.pk).update(error_code=error)
    for days in (0, 5, 31):
        User.objects.filter(pk=customer().pk).update(created_at=now - timedelta(days=days))
    User.objects.filter(pk=owner.pk).update(created_at=now - timedelta(days=100))
    if rolled_up:
        rollups.roll_up(now=now)
    found = platform.figures(period=Period.MONTH, now=now)
    assert list(found.failures.items()) == [("TIMEOUT", 2), ("INTERNAL_ERROR", 1)]
    assert found.registrations == 2


def test_results_that_were_called_bad_are_counted_by_tier(staff: Client, owner: User) -> None:
    now = timezone.now()
    for tier, days in (("basic", 1), ("basic", 2), ("industry", 40)):
        made = job(owner, tier, "completed", now - timedelta(days=days))
        Job.objects.filter(pk=made.pk).update(reported_at=now - timedelta(days=days))
    assert asked(staff, "30d")["badResults"] == {
        "total": 2,
        "basic": 2,
        "standard": 0,
        "professional": 0,
        "industry": 0,
    }
    assert asked(staff, "all")["badResults"]["total"] == 3


def test_expired_subscriptions_bring_no_revenue(staff: Client) -> None:
    now = timezone.now()
    over = {"cancel_at_period_end": True, "period_end": now - timedelta(minutes=1)}
    subscription_for(customer(), "starter", **over)
    grace = {"status": "past_due", "grace_until": now + timedelta(days=2)}
    subscription_for(customer(), "pro", **over, **grace)
    assert asked(staff)["subscriptions"]["mrr"] == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rolled_up", [False, True], ids=["live", "rolled up"])
def test_equals_a_brute_force_count(seed: int, rolled_up: bool) -> None:
    now = timezone.now()
    scattered(120, until=now, days=120 if seed == 1 else 2.5, seed=seed)
    if rolled_up:
        rollups.roll_up(now=now - timedelta(hours=seed * 7))
    for period in Period:
        found = platform.figures(period=period, now=now)
        jobs = {kind: count for kind, count in found.jobs.counts.items() if count}
        assert {"jobs": jobs, "credits": found.credits} == counted(period.since(now), now)


@pytest.mark.parametrize("edge", [timedelta(0), timedelta(microseconds=1)])
def test_the_first_moment_of_a_period_belongs_to_it(owner: User, edge: timedelta) -> None:
    now = datetime.fromisoformat("2026-03-10T10:20:30+00:00")
    job(owner, "basic", "completed", now - timedelta(days=7) - edge)
    rollups.roll_up(now=now)
    found = platform.figures(period=Period.WEEK, now=now)
    assert (found.jobs.total, found.credits) == ((0, 0) if edge else (1, 8))


def test_an_erased_job_still_counts(staff: Client, api: Client, owner: User) -> None:
    done = job(owner, "basic", "completed", timezone.now())
    api.delete(f"/v1/background-remover/jobs/{done.public_id}")
    assert asked(staff)["jobs"]["completed"] == 1


def test_the_same_under_the_other_mount(staff: Client) -> None:
    assert asked(staff, "7d", "/api/background-remover/admin/stats/")["period"] == "7d"


@pytest.mark.parametrize("period", ["1d", "30D", "all,7d"])
def test_an_unknown_period_is_refused(staff: Client, period: str) -> None:
    answer = staff.get(URL, {"period": period})
    assert (answer.status_code, code(answer)) == (400, "INVALID_INPUT")


def test_only_for_staff_with_the_permission(
    api: Client, stranger: Client, helper: Client, staff: Client
) -> None:
    assert Client().get(URL).status_code == 401
    for client in (api, stranger, helper):
        answer = client.get(URL)
        assert (answer.status_code, code(answer)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert staff.get(URL).status_code == 200


def test_a_key_needs_the_scope_too(boss: User) -> None:
    path = "/background-remover/admin/stats"
    assert get(path, **{"X-API-Key": api_key_for(boss)}).status_code == 200
    lacking = get(path, **{"X-API-Key": api_key_for(boss, scopes=[], name="none")})
    assert lacking.status_code == 403
