"""Ringing: the broker only carries the news that a row is waiting."""

import logging
from typing import cast

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common import valkey
from common.workqueue import wakeup

logger = logging.getLogger(__name__)

RUN_JOB = "removal.tasks.run_job"
INTERACTIVE = "interactive"


def announce(job_id: str) -> None:
    """Tell the workers that a job waits. A broker that is away costs only the sweeper's delay."""
    try:
        current_app.send_task(
            RUN_JOB,
            kwargs={"job_id": job_id},
            queue=INTERACTIVE,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    except (OperationalError, RedisError):
        logger.warning("the broker is away; the sweeper will announce %s", job_id)


def backlog() -> int:
    """How many announcements the broker still holds; 0 when it cannot say."""
    try:
        return cast(int, valkey.client().llen(INTERACTIVE))
    except RedisError:
        return 0


def ring_finished(job_id: str) -> None:
    """Wake whoever awaits this job."""
    wakeup.ring(bell(job_id))


def bell(job_id: str) -> str:
    return f"job:{job_id}"
