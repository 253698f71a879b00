"""Ringing: the broker only carries the news that rows are waiting."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WORK = "billing.tasks.work_payments"
_EXPIRES_S = 120


def ring() -> None:
    """Tell the workers. A broker that is away costs only the sweeper's delay."""
    try:
        current_app.send_task(
            WORK,
            queue="delivery",
            expires=_EXPIRES_S,
            retry_policy={"max_retries": 1, "interval_start": 0.1},
        )
    except (OperationalError, RedisError):
        logger.warning("the broker is away; the sweeper will work the payments off")
