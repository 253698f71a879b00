"""The hourly roll-up: once, repeated, rebuilt, and after an interruption."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from adminstats import platform, rollups, series
from adminstats.models import CreditHour, JobHour, Progress, SubscriptionDay
from adminstats.periods import Period
from adminstats.tasks import roll_up
from tests.adminstats.factories import closed_hold, counted, job, scattered
from tests.billing.factories import subscription_for
from tests.removal.factories import customer

NOW = datetime.fromisoformat("2026-03-10T10:20:30+00:00")

pytestmark = pytest.mark.django_db


def rows() -> list[tuple[object, ...]]:
    hours = JobHour.objects.order_by("hour", "tier")
    jobs = hours.values_list("hour", "tier", "completed", "failed", "cancelled")
    return [*jobs, *CreditHour.objects.order_by("hour").values_list("hour", "credits")]


def everything(now: datetime = NOW) -> dict[str, object]:
    found = platform.figures(period=Period.ALL, now=now)
    jobs = {kind: count for kind, count in found.jobs.counts.items() if count}
    return {"jobs": jobs, "credits": found.credits}


def test_without_jobs_no_progress_is_stored() -> None:
    assert rollups.roll_up(now=NOW) is None
    assert not Progress.objects.exists()


def test_counts_whole_hours_that_lie_an_hour_back(owner: User) -> None:
    job(owner, "basic", "completed", NOW - timedelta(hours=3))
    job(owner, "basic", "completed", NOW - timedelta(minutes=30))
    assert rollups.roll_up(now=NOW) == datetime.fromisoformat("2026-03-10T09:00:00+00:00")
    [row] = JobHour.objects.all()
    assert (row.hour.hour, row.tier, row.completed) == (7, "basic", 1)


def test_repeating_and_rebuilding_give_the_same_result() -> None:
    scattered(60, until=NOW, days=40, seed=5)
    rollups.roll_up(now=NOW)
    first = rows()
    rollups.roll_up(now=NOW)
    assert rows() == first
    rollups.rebuild(now=NOW)
    assert rows() == first
    call_command("rebuild_stats", stdout=StringIO())
    assert everything() == counted(None, NOW)


def test_goes_on_where_the_last_run_died(monkeypatch: pytest.MonkeyPatch) -> None:
    scattered(40, until=NOW, days=100, seed=6)
    replace, calls = rollups._replace, []

    def dies(start: datetime, end: datetime) -> None:
        calls.append(start)
        if len(calls) == 3:
            raise ConnectionError
        replace(start, end)

    monkeypatch.setattr(rollups, "_replace", dies)
    with pytest.raises(ConnectionError):
        rollups.roll_up(now=NOW)
    assert everything() == counted(None, NOW)
    rollups.roll_up(now=NOW)
    assert everything() == counted(None, NOW)
    assert Progress.objects.get().until == datetime.fromisoformat("2026-03-10T09:00:00+00:00")


def test_late_jobs_are_counted_by_the_next_run(owner: User) -> None:
    job(owner, "basic", "completed", NOW - timedelta(hours=5))
    rollups.roll_up(now=NOW)
    job(owner, "basic", "failed", NOW - timedelta(hours=4))
    rollups.roll_up(now=NOW + timedelta(minutes=10))
    assert everything() == counted(None, NOW)


def test_rebuilding_corrects_wrong_figures(owner: User) -> None:
    job(owner, "basic", "completed", NOW - timedelta(days=20))
    rollups.roll_up(now=NOW)
    JobHour.objects.update(completed=99)
    JobHour.objects.create(
        hour=NOW - timedelta(days=900), tier="basic", completed=1, failed=1, cancelled=1
    )
    rollups.rebuild(now=NOW)
    assert everything() == counted(None, NOW)


def test_rebuilding_without_jobs_deletes_all_hours(owner: User) -> None:
    Progress.objects.create(pk=1, until=NOW)
    CreditHour.objects.create(hour=NOW, credits=5)
    assert rollups.rebuild(now=NOW) is None
    assert not Progress.objects.exists()
    assert not CreditHour.objects.exists()


def test_a_fast_clock_does_no_harm(owner: User) -> None:
    job(owner, "basic", "completed", NOW - timedelta(days=1))
    rollups.roll_up(now=NOW + timedelta(days=30))
    job(owner, "basic", "completed", NOW)
    rollups.rebuild(now=NOW + timedelta(hours=2))
    assert everything(NOW + timedelta(hours=2)) == counted(None, NOW)


def test_the_next_run_corrects_the_counts_of_a_fast_clock(owner: User) -> None:
    job(owner, "basic", "completed", NOW - timedelta(days=1))
    rollups.roll_up(now=NOW + timedelta(days=30))
    later = NOW + timedelta(days=4)
    job(owner, "basic", "failed", later - timedelta(minutes=1))
    assert everything(later) == counted(None, later)
    job(owner, "basic", "completed", NOW + timedelta(days=1))
    assert rollups.roll_up(now=later) == rollups.hour_of(later - rollups.MARGIN)
    assert Progress.objects.get().until <= later


def test_a_day_counted_by_a_fast_clock_can_be_drawn(owner: User) -> None:
    job(owner, "basic", "completed", NOW - timedelta(hours=1))
    job(owner, "basic", "completed", NOW + timedelta(days=1))
    rollups.roll_up(now=NOW + timedelta(days=3))
    days = series.days(count=7, now=NOW)
    assert sum(day.completed for day in days) == 1


def test_a_batch_settled_after_its_images_counts_when_it_is_charged(owner: User) -> None:
    done = job(owner, "basic", "failed", NOW - timedelta(hours=6))
    rollups.roll_up(now=NOW)
    assert done.credits_used == 0

    closed_hold(owner, 21, NOW - timedelta(minutes=5))
    assert platform.figures(period=Period.DAY, now=NOW).credits == 21


def test_the_task_counts_and_stores_the_revenue(owner: User) -> None:
    subscription_for(customer(), "pro")
    roll_up()
    roll_up()
    assert [(day.active, day.mrr_idr) for day in SubscriptionDay.objects.all()] == [(1, 299_000)]
