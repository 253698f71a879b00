"""The operators' first page, from the same figures that the API returns."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from adminstats import customers, platform, presenters, series
from adminstats.periods import Period
from adminstats.series import Day
from batches.scheduling import queue_depth
from billing.webhooks import queries as payments
from common.operators.display import rupiah
from removal import stats

_DAYS = {Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 90}
_GOOD, _BAD = "var(--color-primary-500)", "#ef4444"


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of `adminstats/landing.html`; unfold calls this function."""
    now = timezone.now()
    context = {**context, **_events(request, now), "title": "Overview"}
    if request.user.has_perm("adminstats.view_statistics"):
        context |= _statistics(request, now)
    return context


def _events(request: HttpRequest, now: datetime) -> dict[str, int]:
    """The numbers of Stripe events that need an operator, for users who may see events."""
    if not request.user.has_perm("billing.view_stripeevent"):
        return {}
    return {
        "failed_events": payments.failed_events(),
        "stuck_events": payments.stuck_events(now=now),
    }


def _statistics(request: HttpRequest, now: datetime) -> dict[str, Any]:
    asked = request.GET.get("period", "")
    period = Period(asked) if asked in _DAYS else Period.MONTH
    found = presenters.platform(platform.figures(period=period, now=now))
    days = series.days(count=_DAYS[period], now=now)
    first = now - timedelta(days=_DAYS[period] - 1)
    waiting = queue_depth.waiting(now=now)
    speed = stats.slowest_twentieth(since=now - timedelta(days=1))
    return {
        "periods": [(str(other), other == period) for other in _DAYS],
        "cards": _cards(found, sum(queue.count for queue in waiting.values())),
        "charts": [
            _jobs(days),
            _paid(days),
            _credits(days),
            _registered(days),
            _success(days),
            _mrr(days, found["subscriptions"]["mrr"], now),
            _waiting({name: queue.count for name, queue in waiting.items()}),
            _speed(speed),
        ],
        "failures": found["failures"],
        "customers": _customers(request, first, now),
    }


def _customers(request: HttpRequest, since: datetime, now: datetime) -> list[dict[str, Any]] | None:
    """The best customers; None for an operator without the permission to see users, because a name
    reveals more than a figure.
    """
    if not request.user.has_perm("accounts.view_user"):
        return None
    return [
        {"person": one, "paid": rupiah(one.paid_idr), "credits": f"{one.credits:,}"}
        for one in customers.best(since=since, now=now)
    ]


def _cards(found: Mapping[str, Any], waiting: int) -> list[dict[str, str]]:
    jobs, usage, plans = found["jobs"], found["usage"], found["subscriptions"]
    paid, ended = found["payments"], jobs["completed"] + jobs["failed"]
    bad = found["badResults"]["total"]
    rate = f"{jobs['successRate']} %" if ended else "–"
    sources = f"{rupiah(paid['subscriptions'])} plans, {rupiah(paid['credits'])} credits"
    worth = f"worth {rupiah(usage['totalRevenue'])}, {usage['avgCreditsPerJob']} a job"
    return [
        _card("Paid", rupiah(paid["net"]), sources),
        _card("Returned", rupiah(paid["returned"]), "refunds and disputes, already taken off"),
        _card("MRR", rupiah(plans["mrr"]), _live(plans["active"])),
        _card("Sign-ups", f"{found['users']['registered']:,}", "new accounts"),
        _card("Credits used", f"{usage['totalCreditsUsed']:,}", worth),
        _card("Jobs", f"{jobs['total']:,}", _not_completed(jobs)),
        _card("Success rate", rate, f"of {ended:,}; {bad:,} results were called bad"),
        _card("Waiting now", f"{waiting:,}", "images, archives and notices"),
    ]


def _not_completed(jobs: Mapping[str, int]) -> str:
    named = {"failed": jobs["failed"], "cancelled": jobs["cancelled"], "open": jobs["unfinished"]}
    return ", ".join(f"{count:,} {name}" for name, count in named.items() if count) or "none failed"


def _live(count: int) -> str:
    return f"{count:,} live subscription{'' if count == 1 else 's'}"


def _card(title: str, figure: str, note: str) -> dict[str, str]:
    return {"title": title, "figure": figure, "note": note}


def _jobs(days: Sequence[Day]) -> dict[str, Any]:
    data = {
        "Completed": ([day.completed for day in days], _GOOD),
        "Failed": ([day.failed for day in days], _BAD),
    }
    return _chart("Jobs completed and failed, by day", "bar", _labels(days), data, stacked=True)


def _success(days: Sequence[Day]) -> dict[str, Any]:
    rates = [
        presenters.percent(day.completed, day.completed + day.failed)
        if day.completed + day.failed
        else None
        for day in days
    ]
    return _chart("Success rate, %", "line", _labels(days), {"Success rate": (rates, _GOOD)})


def _credits(days: Sequence[Day]) -> dict[str, Any]:
    used = [day.credits for day in days]
    return _chart("Credits used, by day", "bar", _labels(days), {"Credits": (used, _GOOD)})


def _paid(days: Sequence[Day]) -> dict[str, Any]:
    paid = [day.paid_idr for day in days]
    title = "Paid, without refunds, by day, Rp"
    return _chart(title, "bar", _labels(days), {"Paid": (paid, _GOOD)})


def _registered(days: Sequence[Day]) -> dict[str, Any]:
    made = [day.registrations for day in days]
    return _chart("Sign-ups, by day", "bar", _labels(days), {"Sign-ups": (made, _GOOD)})


def _mrr(days: Sequence[Day], today: int, now: datetime) -> dict[str, Any]:
    known = [today if day.day == now.date() else day.mrr_idr for day in days]
    shown = known if any(known) else []
    return _chart("Monthly recurring revenue, Rp", "line", _labels(days), {"MRR": (shown, _GOOD)})


def _waiting(counts: Mapping[str, int]) -> dict[str, Any]:
    data = {"Waiting": (list(counts.values()), _GOOD)}
    empty = "Nothing waits"
    return _chart("Queue depth now", "bar", [name.capitalize() for name in counts], data, empty)


def _speed(speed: Mapping[str, int]) -> dict[str, Any]:
    known = {tier: speed[tier] for tier in platform.tiers() if tier in speed}
    data = {"95 % within": (list(known.values()), _GOOD)}
    empty = "No image was finished in the last 24 hours"
    return _chart("Slowest twentieth, 24 h, ms", "bar", [*known], data, empty)


def _labels(days: Sequence[Day]) -> list[str]:
    return [f"{day.day:%d %b}" for day in days]


def _chart(
    title: str,
    kind: str,
    labels: Sequence[str],
    data: Mapping[str, tuple[Sequence[int | float | None], str]],
    empty: str = "Nothing yet in this period",
    *,
    stacked: bool = False,
) -> dict[str, Any]:
    """A chart; `data` maps the name of each line or bar series to its values and colour."""
    drawn = any(value for values, _ in data.values() for value in values)
    datasets = [
        {"label": name, "data": values, "borderColor": colour, "backgroundColor": colour}
        for name, (values, colour) in data.items()
    ]
    return {
        "title": title,
        "template": f"unfold/components/chart/{kind}.html",
        "data": json.dumps({"labels": labels, "datasets": datasets}) if drawn else "",
        "options": json.dumps(_options(stacked)),
        "empty": empty,
    }


def _options(stacked: bool) -> dict[str, Any]:
    ticks = {"color": "#9ca3af"}
    return {
        "maintainAspectRatio": False,
        "animation": False,
        "barPercentage": 0.8,
        "maxBarThickness": 24,
        "spanGaps": True,
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {
                "stacked": stacked,
                "grid": {"display": False},
                "ticks": {**ticks, "maxTicksLimit": 8, "maxRotation": 0},
            },
            "y": {
                "stacked": stacked,
                "beginAtZero": True,
                "grid": {"display": True},
                "ticks": {**ticks, "maxTicksLimit": 5, "precision": 0},
            },
        },
    }
