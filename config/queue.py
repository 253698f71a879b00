"""The queue of each Celery task, and the tasks that run periodically."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

# The queue of each task that does not belong to `maintenance`.
ROUTES: Mapping[str, Mapping[str, str]] = {
    "removal.tasks.run_job": {"queue": "interactive"},
    "removal.tasks.render_version": {"queue": "interactive"},
    "batches.tasks.work": {"queue": "batch"},
    "batches.tasks.zip_batch": {"queue": "delivery"},
    "batches.tasks.rebuild_zip": {"queue": "delivery"},
    "batches.tasks.notify_batch": {"queue": "delivery"},
    "batches.uploads.tasks.fetch_due": {"queue": "delivery"},
    "integrations.tasks.deliver_due": {"queue": "delivery"},
}
_EVERY: Mapping[str, timedelta] = {
    "batches.tasks.audit_batches": timedelta(hours=1),
    "billing.tasks.audit_ledger": timedelta(hours=1),
    "billing.tasks.sweep_payments": timedelta(seconds=30),
    "billing.tasks.reconcile_payments": timedelta(hours=1),
    "batches.uploads.tasks.purge": timedelta(minutes=30),
    "batches.uploads.tasks.fetch_due": timedelta(seconds=10),
    "integrations.tasks.deliver_due": timedelta(seconds=30),
    "integrations.tasks.purge_deliveries": timedelta(hours=6),
    "integrations.tasks.purge_repeats": timedelta(hours=1),
    "common.tasks.purge_idempotency": timedelta(hours=1),
    "common.tasks.sweep_mails": timedelta(seconds=30),
    "common.tasks.purge_mails": timedelta(hours=1),
    "accounts.tasks.purge_tokens": timedelta(hours=6),
    "accounts.tasks.erase_accounts": timedelta(minutes=1),
    "accounts.tasks.build_exports": timedelta(minutes=1),
    "accounts.tasks.purge_exports": timedelta(hours=1),
    "adminstats.tasks.roll_up": timedelta(minutes=10),
}
_SWEPT = ("removal.tasks.sweep", "batches.tasks.sweep")
_CLEANED_UP = ("removal.tasks.retention", "batches.tasks.retention")


def schedule(*, sweep_every_s: int, clean_up_every: timedelta) -> dict[str, Any]:
    """The periodic tasks as Celery's beat takes them."""
    every = {
        **dict.fromkeys(_SWEPT, timedelta(seconds=sweep_every_s)),
        **dict.fromkeys(_CLEANED_UP, clean_up_every),
        **_EVERY,
    }
    # Messages expire while no worker consumes, instead of accumulating.
    return {
        task: {
            "task": task,
            "schedule": interval,
            "options": {"expires": interval.total_seconds()},
        }
        for task, interval in every.items()
    }
