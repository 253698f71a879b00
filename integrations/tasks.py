"""What the queue calls for integrations; the rows are the queue, a message only rings."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from integrations.webhooks import outbox, sender

logger = logging.getLogger(__name__)
# The last round may take a call's time-out longer.
_FOR_S = 60.0
_LIMIT_S = 120
# Beat rings every 30 seconds, so rings that nobody heard need not pile up.
_RING_KEPT_S = 120


@shared_task(name="integrations.tasks.deliver_due", time_limit=_LIMIT_S)
def deliver_due(**_: Any) -> None:
    sender.deliver_due(clock=timezone.now, for_s=_FOR_S)


@shared_task(name="integrations.tasks.purge_deliveries")
def purge_deliveries(**_: Any) -> None:
    outbox.purge(now=timezone.now())


def ring() -> None:
    """Tell a worker that deliveries are due. Without a broker beat's next round finds them."""
    try:
        deliver_due.apply_async(
            expires=_RING_KEPT_S, retry_policy={"max_retries": 1, "interval_start": 0.1}
        )
    except (OperationalError, RedisError):
        logger.warning("the broker is away; deliveries wait for the next round")
