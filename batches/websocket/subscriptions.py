"""Subscriptions of this process to the groups of the batches that are watched through it.

One channel serves all sockets of a process, and its messages are drained as they come. The layer
is the publish/subscribe one: it keeps nothing, so nobody who is slow can fill it.
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
REST_S = 3.0


class Memberships:
    """Calls `heard` with the primary key of a batch whenever a ring for it comes in."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        self._heard = heard
        self._layer: Any = get_channel_layer()
        self._channel: str | None = None
        self._listener: asyncio.Task[None] | None = None
        self._joined: set[int] = set()
        self._rest_until = 0.0

    async def follow(self, wanted: Collection[int]) -> None:
        """Be a member of exactly the groups of `wanted`.

        Never raises: without Valkey there is nothing to hear, and the next call tries again.
        """
        if self._joined == wanted or time.monotonic() < self._rest_until:
            return
        try:
            async with asyncio.timeout(JOIN_S):
                await self._change(set(wanted))
        except Exception as problem:
            logger.warning("rings for batches are not heard: %s", type(problem).__name__)
            self._rest_until = time.monotonic() + REST_S

    async def _change(self, wanted: set[int]) -> None:
        if self._channel is None or self._listener is None or self._listener.done():
            self._joined.clear()
            self._channel = await self._layer.new_channel()
            self._listener = asyncio.create_task(self._listen(self._channel))
        for batch_id in wanted - self._joined:
            await self._layer.group_add(group_of(batch_id), self._channel)
            self._joined.add(batch_id)
        for batch_id in self._joined - wanted:
            await self._layer.group_discard(group_of(batch_id), self._channel)
            self._joined.discard(batch_id)

    async def _listen(self, channel: str) -> None:
        while True:
            message = await self._layer.receive(channel)
            self._heard(message["batch_id"])
