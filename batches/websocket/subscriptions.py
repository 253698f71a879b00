"""Subscriptions of this process to the groups of the batches that are watched through it.

One channel serves all sockets of a process, and its messages are taken as they come. The layer is
the publish/subscribe one, which stores no messages, so a slow client cannot fill it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Any

from channels.layers import get_channel_layer

from batches.websocket.notify import group_of

logger = logging.getLogger(__name__)

JOIN_S = 1.0
RETRY_AFTER_S = 3.0


class Subscriptions:
    """Calls `on_change` with the primary key of a batch for every notification of a change."""

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change = on_change
        self._layer: Any = get_channel_layer()
        self._channel: str | None = None
        self._receiver: asyncio.Task[None] | None = None
        self._joined: set[int] = set()
        self._retry_at = 0.0

    async def follow(self, wanted: Collection[int]) -> None:
        """Join the groups of `wanted`, and leave all others.

        Never raises: while Valkey is unavailable there are no notifications, and a later call tries
        again.
        """
        if self._joined == wanted or time.monotonic() < self._retry_at:
            return
        try:
            async with asyncio.timeout(JOIN_S):
                await self._change(set(wanted))
        except Exception as problem:
            logger.warning("changes of batches are not received: %s", type(problem).__name__)
            self._retry_at = time.monotonic() + RETRY_AFTER_S

    async def _change(self, wanted: set[int]) -> None:
        if self._channel is None or self._receiver is None or self._receiver.done():
            self._joined.clear()
            self._channel = await self._layer.new_channel()
            self._receiver = asyncio.create_task(self._receive(self._channel))
        for batch_id in wanted - self._joined:
            await self._layer.group_add(group_of(batch_id), self._channel)
            self._joined.add(batch_id)
        for batch_id in self._joined - wanted:
            await self._layer.group_discard(group_of(batch_id), self._channel)
            self._joined.discard(batch_id)

    async def _receive(self, channel: str) -> None:
        while True:
            message = await self._layer.receive(channel)
            self._on_change(message["batch_id"])
