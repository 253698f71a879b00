"""Waking those who await a single: a wakeup saves polling, and the row has the answer."""

from common.workqueue import wakeup


def finished(job_id: str) -> None:
    """Wake whoever awaits this job."""
    wakeup.notify(waiter(job_id))


def waiter(job_id: str) -> str:
    """The name under which one waits for this job."""
    return f"job:{job_id}"
