"""Listing of all users' jobs, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import queries as accounts
from adminstats import platform, rollups
from batches import queries as batches
from common.http.errors import InvalidInput
from common.http.listing import Wanted
from removal import queries
from removal.queries import AnyJob, JobRow

# The bound on rows that a count, or a skip over earlier pages, may read.
CAP = 10_000


@dataclass(frozen=True)
class Listing:
    jobs: Sequence[JobRow]
    batch_ids: dict[int, str]
    pagination: dict[str, Any]


def page_of(*, which: AnyJob, page: int, limit: int, now: datetime) -> Listing:
    """One page of jobs. `total` is exact up to `CAP`, and beyond it if only state and tier are
    filtered.

    Raises InvalidInput for a page that lies more than `CAP` jobs in, NotFound for an unknown
    `before`.
    """
    start = (page - 1) * limit
    if start > CAP:
        hint = "narrow the listing down, or go on with before=<the last job's id>"
        raise InvalidInput(f"A page can begin at most {CAP} jobs in; {hint}")
    rows = queries.all_jobs(which=which)
    # One row more than asked for shows whether there is a next page.
    found = list(rows[start : start + limit + 1])
    total, exact = _total(which, rows, now)
    keys = {job.batch_id for job in found[:limit] if job.batch_id is not None}
    return Listing(
        jobs=found[:limit],
        batch_ids=batches.public_ids(keys=keys) if keys else {},
        pagination={
            "page": page,
            "limit": limit,
            "total": total,
            "totalPages": -(-total // limit),
            "totalIsExact": exact,
            "hasNext": len(found) > limit,
            "hasPrev": page > 1,
        },
    )


def narrowed(*, wanted: Wanted, user: str | None, batch: str | None, before: str | None) -> AnyJob:
    """The filters with names resolved to keys. An unknown user or batch resolves to -1, which has
    no jobs.
    """
    owner = accounts.anybody(user) if user else None
    return AnyJob(
        wanted,
        user_id=None if user is None else (owner.pk if owner else -1),
        batch_id=None if batch is None else (batches.batch_key(batch_id=batch) or -1),
        before=before,
    )


def _total(which: AnyJob, rows: Any, now: datetime) -> tuple[int, bool]:
    if not which.only_by_kind:
        count = rows.order_by().values("pk")[: CAP + 1].count()
        return min(count, CAP), count <= CAP
    tally = platform.jobs_since(None, rollups.counted_until(now=now))
    wanted = which.wanted
    counted = (
        jobs
        for (tier, status), jobs in tally.counts.items()
        if wanted.tier in (None, tier) and wanted.status in (None, status)
    )
    return sum(counted), True
