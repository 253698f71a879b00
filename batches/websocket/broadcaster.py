"""Broadcaster of one process: reads the watched batches once for all of its sockets.

A ring only marks a batch as due. The reader reads all due batches at once, at most four times a
second, so the last state is always read and told, however the rings came. Every few seconds it
reads all that are watched: a ring that was lost with Valkey costs that long and no more.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from channels.db import database_sync_to_async
from django.utils import timezone

from batches import snapshots
from batches.snapshots import Snapshot
from batches.websocket.subscriptions import Memberships

logger = logging.getLogger(__name__)

GAP_S = 0.25
REREAD_S = 2.0
TROUBLE_S = 1.0

Watcher = Callable[[Snapshot], None]


class Feed:
    """Calls each watcher with snapshots of its batch; a watcher must return at once."""

    def __init__(self) -> None:
        self._watchers: dict[int, set[Watcher]] = {}
        self._due: set[int] = set()
        self._wake = asyncio.Event()
        self._memberships = Memberships(self.touch)
        self._reader = asyncio.create_task(self._read_on())

    def watch(self, batch_id: int, watcher: Watcher) -> None:
        """The first snapshot follows at once, read after the group has been joined."""
        self._watchers.setdefault(batch_id, set()).add(watcher)
        self.touch(batch_id)

    def leave(self, batch_id: int, watcher: Watcher) -> None:
        watchers = self._watchers.get(batch_id, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(batch_id, None)
            self._wake.set()

    def touch(self, batch_id: int) -> None:
        """The batch may have changed."""
        if batch_id in self._watchers:
            self._due.add(batch_id)
            self._wake.set()

    async def _read_on(self) -> None:
        while True:
            await self._await_news()
            await self._memberships.follow(frozenset(self._watchers))
            due, self._due = self._due & self._watchers.keys(), set()
            try:
                self._tell(await _read(due) if due else {})
            except Exception as problem:
                logger.warning("batches could not be read: %s", type(problem).__name__)
                self._due |= due
                self._wake.set()
                await asyncio.sleep(TROUBLE_S)
            await asyncio.sleep(GAP_S)

    async def _await_news(self) -> None:
        try:
            async with asyncio.timeout(REREAD_S if self._watchers else None):
                await self._wake.wait()
        except TimeoutError:
            self._due.update(self._watchers)
        self._wake.clear()

    def _tell(self, found: Mapping[int, Snapshot]) -> None:
        for batch_id, snapshot in found.items():
            for watcher in tuple(self._watchers.get(batch_id, ())):
                watcher(snapshot)


_feeds: dict[asyncio.AbstractEventLoop, Feed] = {}


def feed() -> Feed:
    """The feed of the running event loop: a web process has one of each."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds.clear()
        _feeds[loop] = Feed()
    return _feeds[loop]


async def _read(batch_ids: set[int]) -> Mapping[int, Snapshot]:
    # In a thread of its own: sockets that log in share another one.
    read = database_sync_to_async(snapshots.read, thread_sensitive=False)
    return await read(batch_ids=batch_ids, now=timezone.now())
