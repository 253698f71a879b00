"""The figures of the whole platform: the counted hours, and a live count of the rest.

A period begins in the middle of an hour, so its first minutes are counted live as well. The end of
the counted hours is read first: then the hours before it and the jobs after it never overlap, even
if a roll-up runs meanwhile.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Sum

from adminstats import rollups
from adminstats.models import CountHour, CreditHour, JobHour
from adminstats.periods import Period
from billing import stats as credits
from billing.plans import PlanName
from billing.pricing import IDR_PER_CREDIT, Tier
from billing.stats import Paid
from removal import stats as jobs
from removal.lifecycle import JobStatus

_ENDS = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass
class Tally:
    """Numbers of jobs by tier and state."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, tier: str, status: str, jobs: int) -> None:
        self.counts[tier, status] = self.counts.get((tier, status), 0) + jobs

    def in_state(self, *states: str) -> int:
        return sum(count for (_, status), count in self.counts.items() if status in states)

    def of_tier(self, tier: str) -> int:
        return sum(count for (found, _), count in self.counts.items() if found == tier)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Subscriptions:
    """Live subscriptions by plan, and their monthly revenue in rupiah."""

    by_plan: dict[str, int]
    mrr_idr: int

    @property
    def active(self) -> int:
        return sum(self.by_plan.values())


@dataclass(frozen=True)
class Figures:
    """Figures of a period. Credits are whole; a job counts when it ended, and an unfinished one
    counts now.

    `paid` is the money that came in, and `revenue_idr` the value of the credits used. `failures`
    are failed jobs by error code, the most frequent first, and `bad_results` those that their
    owners called bad, by tier.
    """

    period: Period
    jobs: Tally
    credits: int
    subscriptions: Subscriptions
    paid: Paid = field(default_factory=Paid)
    registrations: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    bad_results: Mapping[str, int] = field(default_factory=dict)

    @property
    def revenue_idr(self) -> int:
        return self.credits * IDR_PER_CREDIT


def figures(*, period: Period, now: datetime) -> Figures:
    since, counted = period.since(now), rollups.counted_until(now=now)
    counts = _counts_since(since, counted)
    failures = {name: count for (kind, name), count in counts.items() if kind == _FAILED}
    return Figures(
        period=period,
        jobs=jobs_since(since, counted),
        credits=_credits_since(since, counted),
        subscriptions=subscriptions(),
        paid=credits.paid(since=since),
        registrations=counts.get((CountHour.Kind.REGISTERED, ""), 0),
        bad_results=jobs.reported(since=since),
        failures=dict(sorted(failures.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def jobs_since(since: datetime | None, counted: datetime | None) -> Tally:
    tally = Tally()
    spans, hours = _parts(since, counted)
    for standing in jobs.live(spans=spans):
        tally.add(standing.tier, standing.status, standing.jobs)
    if hours:
        rows = JobHour.objects.filter(hour__gte=hours[0], hour__lt=hours[1]).values_list("tier")
        sums = rows.annotate(Sum("completed"), Sum("failed"), Sum("cancelled")).order_by()
        for tier, *counts in sums:
            for status, count in zip(_ENDS, counts, strict=True):
                tally.add(tier, status, count)
    return tally


def subscriptions() -> Subscriptions:
    found = credits.subscriptions()
    return Subscriptions(
        by_plan={plan: found.get(plan, (0, 0))[0] for plan in PlanName},
        mrr_idr=sum(price for _, price in found.values()),
    )


def tiers() -> list[str]:
    return [*Tier]


def _credits_since(since: datetime | None, counted: datetime | None) -> int:
    spans, hours = _parts(since, counted)
    used = credits.captured(spans=spans)
    if hours is None:
        return used
    rows = CreditHour.objects.filter(hour__gte=hours[0], hour__lt=hours[1])
    return used + (rows.aggregate(sum=Sum("credits"))["sum"] or 0)


def _counts_since(since: datetime | None, counted: datetime | None) -> dict[tuple[str, str], int]:
    """Failures and sign-ups, by kind and name."""
    spans, hours = _parts(since, counted)
    found: Counter[tuple[str, str]] = Counter()
    for start, end in spans:
        for row in rollups.counts(since=start, until=end or _END):
            found[row.kind, row.name] += row.count
    if hours:
        rows = CountHour.objects.filter(hour__gte=hours[0], hour__lt=hours[1])
        sums = rows.values_list("kind", "name").annotate(Sum("count")).order_by()
        for kind, name, count in sums:
            found[kind, name] += count
    return dict(found)


_FAILED = CountHour.Kind.FAILED
_END = datetime.max.replace(tzinfo=UTC)
_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _parts(
    since: datetime | None, counted: datetime | None
) -> tuple[list[jobs.Span], tuple[datetime, datetime] | None]:
    """The spans to count live, and the whole counted hours between them, if there are any."""
    start = since or _BEGINNING
    first_whole = start if start == rollups.hour_of(start) else _next_hour(start)
    if counted is None or counted <= first_whole:
        return [(start, None)], None
    edge: list[jobs.Span] = [(start, first_whole)] if start < first_whole else []
    return [*edge, (counted, None)], (first_whole, counted)


def _next_hour(moment: datetime) -> datetime:
    return rollups.hour_of(moment) + timedelta(hours=1)
