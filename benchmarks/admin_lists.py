"""`python -m benchmarks.admin_lists`: the operators' pages over 1,000,000 jobs.

Each page is opened 20 times through the whole HTTP stack in one process. The report has the slowest
twentieth, the number of queries and the processor time outside of Postgres.
"""

import json
import sys
import time
from typing import Any

from benchmarks.million import USERS, database, milliseconds

TIMES = 20
_JOB = "job_" + "500000".rjust(26, "0")
_PAID = "job_" + "500003".rjust(26, "0")
_PERSON = f"person{USERS // 2}@example.com"
PAGES = {
    "overview": "/admin/",
    "jobs": "/admin/removal/job/",
    "jobs, page 100": "/admin/removal/job/?p=100",
    "jobs, failed": "/admin/removal/job/?status=failed",
    "jobs, queued": "/admin/removal/job/?status=queued",
    "jobs, processing (none)": "/admin/removal/job/?status=processing",
    "jobs, industry": "/admin/removal/job/?tier=industry",
    "jobs, failed industry": "/admin/removal/job/?status=failed&tier=industry",
    "jobs, one error code": "/admin/removal/job/?error_code=INTERNAL_ERROR",
    "jobs, no such error code": "/admin/removal/job/?error_code=QUOTA_EXCEEDED",
    "jobs, one day": "/admin/removal/job/?created_on={day}",
    "jobs, by id": f"/admin/removal/job/?q={_JOB}",
    "jobs, by beginning of id": f"/admin/removal/job/?q={_JOB[:28]}",
    "jobs, by e-mail": f"/admin/removal/job/?q={_PERSON}",
    "jobs, by request": f"/admin/removal/job/?q={_JOB.replace('job', 'req')}",
    "jobs, nonsense": "/admin/removal/job/?q=nonsense",
    "one job": "/admin/removal/job/500000/change/",
    "ledger": "/admin/billing/entry/",
    "ledger, page 100": "/admin/billing/entry/?p=100",
    "ledger, one day": "/admin/billing/entry/?created_on={day}",
    "ledger, one month": "/admin/billing/entry/?created_on={month}",
    "ledger, grants": "/admin/billing/entry/?kind=grant",
    "ledger, captures of a day": "/admin/billing/entry/?kind=capture&created_on={day}",
    "ledger, adjustments (none) of a day": "/admin/billing/entry/?kind=adjust&created_on={day}",
    "ledger, by key": f"/admin/billing/entry/?q={_PAID}",
    "ledger, nonsense": "/admin/billing/entry/?q=nonsense",
    "ledger, by e-mail": f"/admin/billing/entry/?q={_PERSON}",
    "holds": "/admin/billing/hold/",
    "holds, one day": "/admin/billing/hold/?created_on={day}",
    "holds, closed on a day": "/admin/billing/hold/?status=closed&created_on={day}",
    "holds, by key": f"/admin/billing/hold/?q=job:{_PAID}",
    "holds, by e-mail": f"/admin/billing/hold/?q={_PERSON}",
    "users": "/admin/accounts/user/",
    "accounts": "/admin/billing/account/",
    "subscriptions": "/admin/billing/subscription/",
    "API, jobs": "/v1/admin/jobs",
    "API, failed industry": "/v1/admin/jobs?status=failed&tier=industry",
    "API, cancelled, one day": "/v1/admin/jobs?status=cancelled&startDate={day}&endDate={day}",
    "API, one user": f"/v1/admin/jobs?user={_PERSON}",
    "API, half way": f"/v1/admin/jobs?before={_JOB}",
    "API, page 100 of 100": "/v1/admin/jobs?page=100&limit=100",
}


def main() -> int:
    with database():
        found = {name: _measure(path) for name, path in PAGES.items()}
    for name, row in found.items():
        sys.stdout.write(f"{name:36} {json.dumps(row)}\n")
    lists = {name: row for name, row in found.items() if name != "overview"}
    many = any(row["queries"] >= 10 for row in lists.values())
    return int(many or any(row["p95Ms"] >= 300 for row in found.values()))


def _measure(path: str) -> dict[str, Any]:
    from datetime import timedelta  # noqa: PLC0415

    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    then = timezone.now() - timedelta(days=45)
    path = path.format(day=f"{then:%Y-%m-%d}", month=f"{then:%Y-%m}")
    client = _operator()
    client.get(path)
    took: list[float] = []
    cpu: list[float] = []
    for _ in range(TIMES):
        start, busy = time.perf_counter(), time.process_time()
        answer = client.get(path)
        took.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
        assert answer.status_code == 200, (path, answer.status_code)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    took.sort()
    slowest = max(queries.captured_queries, key=lambda query: float(query["time"]))
    return {
        "queries": len(queries),
        "p50Ms": round(milliseconds(took, 0.5), 1),
        "p95Ms": round(milliseconds(took, 0.95), 1),
        "ownCpuMs": round(milliseconds(sorted(cpu), 0.5), 1),
        "slowestQueryMs": round(float(slowest["time"]) * 1000, 1),
    }


def _operator() -> Any:
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    users: Any = get_user_model().objects
    user = users.filter(email="boss@example.com").first() or users.create_superuser(
        "boss@example.com", "a long enough pass phrase 42"
    )
    client = Client()
    client.force_login(user)
    return client


if __name__ == "__main__":
    raise SystemExit(main())
