"""A database of its own with 1,000,000 jobs over 90 days, made by Postgres itself.

2,000 users; 2 % of the jobs failed, half a percent cancelled, a few hundred open; each completed
job has a closed hold and its two entries in the ledger, which begins with a grant and an adjustment
for every user. 1,250 subscriptions.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.postgres import Postgres
from sandbox.services import running

JOBS = 1_000_000
USERS = 2_000
DAYS = 90

_STEPS = (
    """INSERT INTO accounts_user (password, is_superuser, public_id, email, is_active, is_staff,
                                   created_at)
       SELECT '!', false, 'user_' || lpad(i::text, 26, '0'), 'person' || i || '@example.com', true,
              false, now() - interval '91 days'
         FROM generate_series(1, %(users)s) i""",
    """INSERT INTO billing_account (public_id, user_id, available, held, sequence, low_noticed)
       SELECT 'acct_' || lpad(id::text, 26, '0'), id, 1000, 0, 0, false FROM accounts_user""",
    """INSERT INTO removal_job (public_id, user_id, source, status, tier, options, request_id,
              fingerprint, filename, original_key, background_key, original_size, width, height,
              format, result_key, result_format, pricing_type, price, credits_used, attempts,
              rung_at, ai_provider, model_name, processing_time_ms, error_code, error_message,
              created_at, started_at, completed_at)
       SELECT 'job_' || lpad(i::text, 26, '0'),
              (SELECT min(id) FROM accounts_user) + i %% %(users)s, 'api', status, tier, '{}',
              'req_' || lpad(i::text, 26, '0'), '', 'photo.jpg', '', '', 2457600, 1920, 1080, 'jpg',
              '', '', 'credits', price, CASE status WHEN 'completed' THEN price ELSE 0 END, 1, made,
              'local', 'lumiku-lite', CASE status WHEN 'completed' THEN 200 + (i * 7) %% 3000 END,
              CASE status WHEN 'failed' THEN 'INTERNAL_ERROR' ELSE '' END, '', made, made,
              CASE status WHEN 'queued' THEN NULL ELSE made + interval '3 seconds' END
         FROM (SELECT i, now() - (%(jobs)s - i) * (interval '1 day' * %(days)s / %(jobs)s) AS made,
                      CASE WHEN i > %(jobs)s - 300 THEN 'queued' WHEN i %% 50 = 0 THEN 'failed'
                           WHEN i %% 200 = 1 THEN 'cancelled' ELSE 'completed' END AS status,
                      (ARRAY['basic', 'standard', 'professional', 'industry'])[t] AS tier,
                      (ARRAY[3, 8, 15, 25])[t] AS price
                 FROM (SELECT i, CASE WHEN i %% 25 < 10 THEN 1 WHEN i %% 25 < 19 THEN 2
                                      WHEN i %% 25 < 24 THEN 3 ELSE 4 END AS t
                         FROM generate_series(1, %(jobs)s) i) tiers) jobs""",
    """INSERT INTO billing_hold (account_id, key, reference, amount, captured, released, status,
                                 created_at, closed_at)
       SELECT account.id, 'job:' || job.public_id, job.public_id, job.price, job.credits_used, 0,
              'closed', job.created_at, job.completed_at
         FROM removal_job job JOIN billing_account account ON account.user_id = job.user_id
        WHERE job.status = 'completed'""",
    # The sequences of an account have gaps here, and every balance is the same.
    """INSERT INTO billing_entry (public_id, account_id, sequence, kind, key, delta_available,
              delta_held, available_after, held_after, reference, reason, created_at)
       SELECT 'txn_' || lpad(kind || account.id, 26, '0'), account.id, line, kind,
              kind || account.id, 500, 0, 1000, 0, '', 'Welcome', now() - interval '91 days'
         FROM billing_account account, (VALUES (0, 'grant'), (1, 'adjust')) made (line, kind)""",
    """INSERT INTO billing_entry (public_id, account_id, sequence, kind, key, delta_available,
              delta_held, available_after, held_after, hold_id, reference, reason, created_at)
       SELECT 'txn_' || lpad((2 * hold.id + line)::text, 26, '0'), account_id, 2 * hold.id + line,
              kind, CASE line WHEN 0 THEN key ELSE reference END, -amount * (1 - line),
              amount * (1 - 2 * line), 1000, amount * (1 - line), hold.id, reference, '',
              CASE line WHEN 0 THEN created_at ELSE closed_at END
         FROM billing_hold hold, (VALUES (0, 'hold'), (1, 'capture')) made (line, kind)""",
    """INSERT INTO billing_subscription (public_id, user_id, stripe_id, item_id, plan, status,
              monthly_price_idr, cancel_at_period_end, subscribed_at, period_start, period_end,
              latest_invoice, ticket, began)
       SELECT 'sub_' || lpad(i::text, 26, '0'), (SELECT min(id) FROM accounts_user) + i,
              'sub_' || i, 'si_' || i, CASE WHEN i <= 800 THEN 'starter' ELSE 'pro' END, 'active',
              CASE WHEN i <= 800 THEN 99000 ELSE 299000 END, false, now(), now(),
              now() + interval '20 days', '', i, true
         FROM generate_series(1, 1250) i""",
)


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Django on a Postgres and a Valkey of their own, filled; everything goes away at the end."""
    with empty_database():
        _fill()
        yield


@contextlib.contextmanager
def empty_database(*, durable: bool = False) -> Iterator[None]:
    """The same without rows. `durable` writes through to the disk as in production."""
    var = Path(tempfile.mkdtemp(prefix="lumiku-bench-"))
    var.chmod(0o711)
    try:
        with running(var, durable=durable) as services:
            os.environ.update(
                DATABASE_URL=services.database_url,
                REDIS_URL=services.redis_url,
                DATABASE_POOL_MAX="0",
                DJANGO_SETTINGS_MODULE="config.settings.base",
                RATE_LIMIT_STATUS="1000000/60/1000000",
                LOG_LEVEL="WARNING",
                ALLOWED_HOSTS="testserver,localhost",
            )
            _migrate()
            yield
    finally:
        Postgres(var).remove()
        shutil.rmtree(var, ignore_errors=True)


def _migrate() -> None:
    import django  # noqa: PLC0415 - it reads what was put into the environment just now

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def _fill() -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        for step in _STEPS:
            cursor.execute(step, {"jobs": JOBS, "users": USERS, "days": DAYS})
            sys.stderr.write(f"{cursor.rowcount:>9,} rows {step.split()[2]}\n")
        cursor.execute("VACUUM ANALYZE")
    call_command("rebuild_stats", stdout=sys.stderr)


def milliseconds(sorted_s: list[float], share: float) -> float:
    """A percentile of sorted seconds."""
    return sorted_s[min(len(sorted_s) - 1, int(len(sorted_s) * share))] * 1000
