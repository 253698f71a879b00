"""Notification of all processes through which a batch is watched."""

import logging
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from common import valkey

logger = logging.getLogger(__name__)

CHANGED = "batch.changed"


def group_of(batch_id: int) -> str:
    """The group of the processes that somebody watches this batch through."""
    return f"batch-{batch_id}"


def changed(*, batch_id: int) -> None:
    """Say that a batch has changed. Call it after the commit; it never raises.

    Only the news travels: the watching processes read the rows, at most four times a second, and
    every few seconds in any case, so that a ring that gets lost costs a moment.
    """
    try:
        layer: Any = get_channel_layer()
        news = layer.serialize({"type": CHANGED, "batch_id": batch_id})
        valkey.client().publish(_topic(group_of(batch_id)), news)
    except Exception as problem:
        logger.warning("watchers of batch %d were not told: %s", batch_id, type(problem).__name__)


def _topic(group: str) -> str:
    """Where the layer's `group_send` publishes. From a worker's thread that would cost an event
    loop and a connection each time, fifty times the work of this.
    """
    return f"{settings.CHANNEL_PREFIX}__group__{group}"
