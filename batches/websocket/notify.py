"""Notification of all processes through which a batch is watched."""

import logging
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from common import valkey

logger = logging.getLogger(__name__)

CHANGED = "batch.changed"


def group_of(batch_id: int) -> str:
    """The group of the processes that have clients subscribed to this batch."""
    return f"batch-{batch_id}"


def changed(*, batch_id: int) -> None:
    """Notify all processes that a batch has changed. Call it after the commit; it never raises.

    The message carries no state: the processes read the rows, at most four times a second, and
    every few seconds in any case, so a lost notification delays a client by those few seconds.
    """
    try:
        layer: Any = get_channel_layer()
        message = layer.serialize({"type": CHANGED, "batch_id": batch_id})
        valkey.client().publish(_topic(group_of(batch_id)), message)
    except Exception as problem:
        logger.warning(
            "the change of batch %d was not published: %s", batch_id, type(problem).__name__
        )


def _topic(group: str) -> str:
    """The Valkey channel to which the layer's `group_send` publishes.

    Calling `group_send` itself from a worker's thread would need an event loop and a connection
    each time, which is fifty times the work.
    """
    return f"{settings.CHANNEL_PREFIX}__group__{group}"
