"""`python -m benchmarks.queue [--batches 10 100 1000] [--claimers 1 4]`: the cost of a claim.

On its own Postgres, that many open batches with 100 waiting images each are spread over up to 500
customers. Then that many processes claim images and settle them for some seconds, as workers do but
without processing pictures. Each prints the time of a claim, images a second, the processor time of
a claim (the claimer's and its backend's), and that of an image for claim and settlement in Postgres
alone. Processor time is meaningful on a machine that runs other work too. Last come one sweep, one
dispatch, the queue's depth and a read of the estimates. `--singles N` claims some of that many
waiting singles and sweeps them.
`--history N` puts that many jobs that have ended beside them, and prints what one of those takes on
the disk.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.million import DAYS, JOBS_OF_90_DAYS, empty_database, milliseconds

IMAGES = 100
CUSTOMERS = 500
# Identifiers of waiting jobs begin here, after those of jobs that have ended.
FIRST = 1_000_000_000
_TICKS = os.sysconf("SC_CLK_TCK")

_HEAD = (
    "| open batches | rows | claimers | claim p50 / p95 | images/s "
    "| CPU of a claim: Python + Postgres | Postgres CPU an image "
    "| sweep | dispatch | depth | estimates |"
)
_USERS = """
    INSERT INTO accounts_user (password, is_superuser, public_id, email, is_active, is_staff,
                               created_at)
    SELECT '!', false, 'user_' || lpad(i::text, 26, '0'), 'person' || i || '@example.com', true,
           false, now() FROM generate_series(1, %(customers)s) i
"""
_BATCHES = """
    INSERT INTO batches_batch (public_id, user_id, source, name, status, tier, options,
           background_key, webhook_url, request_id, fingerprint, total_images,
           base_credits_per_image, base_total, discount_percentage, discount_amount,
           partner_percentage, final_total, credits_used, zip_key, zip_attempts, rung_at,
           waiting_images, turn_at, error_code, error_message, created_at)
    SELECT 'batch_' || lpad(i::text, 26, '0'),
           (SELECT min(id) FROM accounts_user) + i %% %(customers)s,
           'api', '', 'pending', 'basic', '{}', '', '', '', '', %(images)s, 0, 0, 0, 0, 0, 0, 0, '',
           0, now(), %(images)s, now() + %(images)s * interval '1 second', '', '', now()
      FROM generate_series(1, %(batches)s) i
"""
_JOBS = """
    INSERT INTO removal_job (public_id, user_id, batch_id, position, source, status, tier, options,
           request_id, fingerprint, filename, original_key, background_key, original_size, width,
           height, format, result_key, result_format, pricing_type, price, credits_used, attempts,
           rung_at, ai_provider, model_name, error_code, error_message, created_at)
    SELECT 'job_' || lpad((%(first)s + row_number() OVER ())::text, 26, '0'), batch.user_id,
           batch.id, p, 'api', 'queued', 'basic', '{}', '', '', 'photo.jpg', '', '', 2457600, 1920,
           1080, 'jpg', '', '', 'credits', 0, 0, 0, now(), '', '', '', '', now()
      FROM (%(which)s) batch, generate_series(0, %(images)s - 1) p
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--claimers", type=int, nargs="+", default=[1])
    parser.add_argument("--singles", type=int, default=0)
    parser.add_argument("--history", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--durable", action="store_true", help="commits wait for the disk")
    arguments = parser.parse_args()
    with empty_database(durable=arguments.durable):
        _add_customers()
        if arguments.history:
            _add_history(arguments.history)
        print(_HEAD + "\n|" + "---|" * _HEAD.count("|", 1))
        for batches in arguments.batches:
            for claimers in arguments.claimers:
                _fill(batches)
                _measure(batches, claimers, arguments.seconds)
        if arguments.singles:
            _measure_singles(arguments.singles)


def _add_customers() -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(_USERS, {"customers": CUSTOMERS})


def _add_history(jobs: int) -> None:
    """Jobs that have ended, and what Postgres needs for one of them."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(JOBS_OF_90_DAYS, {"jobs": jobs, "users": CUSTOMERS, "days": DAYS})
        cursor.execute("DELETE FROM removal_job WHERE status = 'queued'")
        cursor.execute("VACUUM ANALYZE removal_job")
        cursor.execute(
            "SELECT pg_table_size('removal_job'), pg_indexes_size('removal_job'),"
            " (SELECT count(*) FROM removal_job)"
        )
        table, indexes, rows = cursor.fetchone()
    print(f"{rows:,} ended jobs: {table / rows:.0f} bytes a row, {indexes / rows:.0f} in indexes\n")


def _fill(batches: int) -> None:
    from django.db import connection  # noqa: PLC0415

    given = {"customers": min(batches, CUSTOMERS), "batches": batches, "images": IMAGES}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM removal_job WHERE batch_id IS NOT NULL")
        cursor.execute("DELETE FROM batches_batch")
        cursor.execute(_BATCHES, given)
        which = "SELECT id, user_id FROM batches_batch"
        cursor.execute(_JOBS.replace("%(which)s", which), {**given, "first": FIRST})
        cursor.execute("VACUUM ANALYZE")


def _measure(batches: int, claimers: int, seconds: float) -> None:
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    with fork.Pool(claimers) as pool:
        parts = pool.map(_claim, [seconds] * claimers)
    times = sorted(each for part in parts for each in part["claims"])
    images = sum(part["images"] for part in parts)
    claim_cpu = sum(part["claim_cpu"] for part in parts) / len(times)
    own_cpu = sum(part["own_cpu"] for part in parts) / len(times)
    image_cpu = sum(part["cpu"] for part in parts) / images
    rate = sum(part["images"] / part["seconds"] for part in parts)
    print(
        f"| {batches:,} | {batches * IMAGES:,} | {claimers}"
        f" | {statistics.median(times) * 1e3:.1f} / {milliseconds(times, 0.95):.1f} ms"
        f" | {rate:.0f} | {own_cpu * 1e3:.1f} + {claim_cpu * 1e3:.1f} ms"
        f" | {image_cpu * 1e3:.2f} ms"
        f" | {' | '.join(f'{_timed(work) * 1e3:.1f} ms' for work in _others())} |",
        flush=True,
    )


def _claim(seconds: float) -> dict[str, Any]:
    """Claim and settle in this process until the time is over or nothing waits."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from batches import worker  # noqa: PLC0415
    from removal import bulk, settlement  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    found: dict[str, Any] = {"claims": [], "images": 0, "claim_cpu": 0.0, "own_cpu": 0.0}
    began, started = _cpu(backend), time.monotonic()
    ends = started + seconds
    while time.monotonic() < ends:
        before, own = _cpu(backend), time.process_time()
        start = time.perf_counter()
        jobs = worker.take(now=timezone.now())
        if not jobs:
            break
        found["claims"].append(time.perf_counter() - start)
        found["own_cpu"] += time.process_time() - own
        found["claim_cpu"] += _cpu(backend) - before
        for job in jobs:
            bulk.begin(job=job, now=timezone.now())
            settlement.complete(job=job, result=_result(settlement), now=timezone.now())
        found["images"] += len(jobs)
    found["cpu"], found["seconds"] = _cpu(backend) - began, time.monotonic() - started
    return found


def _result(settlement: Any) -> Any:
    return settlement.Result(
        key="results/x.png", size=1, width=1, height=1, format="png", input_width=1,
        input_height=1, ai_provider="local", model_name="none", model_version="", engine="",
        processing_time_ms=1,
    )  # fmt: skip


def _others() -> list[Callable[[], object]]:
    from django.utils import timezone  # noqa: PLC0415

    from batches.scheduling import dispatch, estimates, queue_depth, sweeper  # noqa: PLC0415

    return [
        lambda: sweeper.sweep(now=timezone.now()),
        dispatch.chunks_to_start,
        lambda: queue_depth.waiting(now=timezone.now()),
        estimates._look,
    ]


def _measure_singles(waiting: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.db.models import Q  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from removal import claims, sweeper  # noqa: PLC0415
    from removal.models import Job  # noqa: PLC0415

    one = "SELECT min(id) AS user_id, NULL::bigint AS id FROM accounts_user"
    jobs = _JOBS.replace("%(which)s", one).replace("batch.id, p,", "batch.id, NULL::smallint,")
    with connection.cursor() as cursor:
        cursor.execute(jobs, {"first": 2 * FIRST, "images": waiting})
        cursor.execute("VACUUM ANALYZE removal_job")
    ids = list(Job.objects.filter(batch_id__isnull=True).values_list("public_id", flat=True)[:500])
    times = sorted(
        _timed(lambda one=one: claims.claim(now=timezone.now(), only=Q(public_id=one)))  # type: ignore[misc]
        for one in ids
    )
    swept = _timed(lambda: sweeper.sweep(now=timezone.now()))
    print(
        f"\n{waiting:,} waiting singles: claim p50 {statistics.median(times) * 1e3:.1f} ms,"
        f" p95 {milliseconds(times, 0.95):.1f} ms, sweep {swept * 1e3:.0f} ms"
    )


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _cpu(process: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
