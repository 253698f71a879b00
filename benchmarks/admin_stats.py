"""`python -m benchmarks.admin_stats [--json]`: the statistics endpoint over 1,000,000 jobs.

Each period is requested 100 times through the whole HTTP stack in one process, and its figures are
compared with a brute-force count.
"""

import json
import sys
import time
from typing import Any

from benchmarks.million import database, milliseconds

TIMES = 100
PERIODS = ("24h", "7d", "30d", "90d", "all")


def main() -> int:
    with database():
        found = {period: _measure(period) for period in PERIODS}
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return int(any(row["p95Ms"] >= 100 or not row["exact"] for row in found.values()))


def _measure(period: str) -> dict[str, Any]:
    from django.test import Client  # noqa: PLC0415

    client = Client(headers={"authorization": _operator()})
    took: list[float] = []
    cpu: list[float] = []
    for _ in range(TIMES):
        start, busy = time.perf_counter(), time.process_time()
        answer = client.get("/v1/background-remover/admin/stats", {"period": period})
        took.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
        assert answer.status_code == 200, answer.content
    took.sort()
    exact, brute_ms = _compare(period)
    return {
        "p50Ms": round(milliseconds(took, 0.5), 1),
        "p95Ms": round(milliseconds(took, 0.95), 1),
        "ownCpuMs": round(milliseconds(sorted(cpu), 0.5), 1),
        "bruteForceMs": round(brute_ms, 1),
        "exact": exact,
    }


def _operator() -> str:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from accounts import services  # noqa: PLC0415

    users: Any = get_user_model().objects
    user = users.filter(email="boss@example.com").first() or users.create_superuser(
        "boss@example.com", "a long enough pass phrase 42"
    )
    return f"Bearer {services.open_session(user=user, now=timezone.now()).access}"


def _compare(period: str) -> tuple[bool, float]:
    """Compare jobs and credits with a count over all rows; returns whether they agree, and its
    time.
    """
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from adminstats import platform  # noqa: PLC0415
    from adminstats.periods import Period  # noqa: PLC0415

    now = timezone.now()
    since = Period(period).since(now) or now.replace(year=2000)
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT tier, status, count(*) FROM removal_job
                WHERE coalesce(completed_at, now()) >= %s GROUP BY 1, 2""",
            [since],
        )
        jobs = {(tier, status): count for tier, status, count in cursor.fetchall()}
        cursor.execute("SELECT sum(captured) FROM billing_hold WHERE closed_at >= %s", [since])
        credits = cursor.fetchone()[0]
    took = time.perf_counter() - start
    found = platform.figures(period=Period(period), now=now)
    counts = {kind: count for kind, count in found.jobs.counts.items() if count}
    return counts == jobs and found.credits == credits, took * 1000


if __name__ == "__main__":
    raise SystemExit(main())
